//! Pillow's `Image.resize` on 8-bit RGB, equal in every value: a pass along the rows and one down the columns, each rounded to
//! 8 bits. Only what is kept of the resized picture is computed.

use std::ops::Range;

use multiversion::multiversion;

use super::filter::{Axis, Filter, Windows};
use super::memory::reserve;
use super::rgb::Rgb;
use crate::control::Call;
use crate::error::Result;
use along::{sum_along, AT_ONCE};
use sum::{round, CHANNELS, HALF};

mod along;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod sum;

/// The most pixels between the passes, and weights, at a time: what takes more is done in strips.
const AT_A_TIME: usize = 1 << 23;

/// The whole resized picture, and the rows and columns of it that are kept.
pub struct Target {
    pub height: usize,
    pub width: usize,
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// The kept pixels, without gaps. The source must have the pixels that its size says. The call is looked at every few rows.
pub fn resize(source: &Rgb, target: &Target, filter: Filter, call: &Call) -> Result<Vec<u8>> {
    in_strips(source, target, filter, AT_A_TIME, call)
}

fn in_strips(source: &Rgb, target: &Target, filter: Filter, at_a_time: usize, call: &Call) -> Result<Vec<u8>> {
    call.check()?;
    let down = Axis {
        from: source.height as usize,
        to: target.height,
        filter,
    };
    let across = Axis {
        from: source.width as usize,
        to: target.width,
        filter,
    };
    let kept = target.columns.len() * CHANNELS;
    let mut resized = zeros(target.rows.len() * kept)?;
    if resized.is_empty() {
        return Ok(resized);
    }
    if goes_down_first(down, across) {
        down_then_across(source, target, (down, across), at_a_time, &mut resized, call)?;
        return Ok(resized);
    }
    // The source's rows that the kept ones are made of.
    let mut needed = target.rows.clone();
    if down.from != down.to {
        let windows = || down.windows(target.rows.clone());
        needed.start = windows().map(|window| window.start).min().unwrap_or(0);
        needed.end = windows().map(|window| window.end).max().unwrap_or(0);
    }
    let step = (at_a_time / needed.len().max(across.longest())).clamp(1, target.columns.len());
    for left in target.columns.clone().step_by(step) {
        let columns = left..target.columns.end.min(left + step);
        let narrowed;
        let strip = match across.from == across.to {
            true => Strip::of(source, needed.start, left),
            false => {
                let strip = Strip::of(source, needed.start, 0);
                narrowed = narrow(&strip, needed.len(), across, columns.clone(), call)?;
                Strip {
                    pixels: &narrowed,
                    stride: columns.len() * CHANNELS,
                }
            }
        };
        let at = (left - target.columns.start) * CHANNELS;
        let rows = resized
            .chunks_exact_mut(kept)
            .map(|row| &mut row[at..][..columns.len() * CHANNELS]);
        match down.from == down.to {
            true => rows
                .enumerate()
                .for_each(|(y, row)| row.copy_from_slice(strip.row(y, row.len()))),
            false => shorten(&strip, needed.start, down, target.rows.clone(), rows, call)?,
        }
    }
    Ok(resized)
}

/// As Pillow chooses since version 13: the columns come first where the height loses more than twice what the width does.
fn goes_down_first(down: Axis, across: Axis) -> bool {
    let lost = |axis: Axis| axis.from as i64 - axis.to as i64;
    lost(down) > 0 && lost(down) > 2 * lost(across)
}

fn down_then_across(
    source: &Rgb,
    target: &Target,
    (down, across): (Axis, Axis),
    at_a_time: usize,
    resized: &mut [u8],
    call: &Call,
) -> Result<()> {
    let whole = Strip::of(source, 0, 0);
    let step = (at_a_time / across.from.max(down.longest())).clamp(1, target.rows.len());
    let kept = target.columns.len() * CHANNELS;
    for (top, to) in target.rows.clone().step_by(step).zip(resized.chunks_mut(step * kept)) {
        let rows = top..target.rows.end.min(top + step);
        let mut shortened = zeros(rows.len() * whole.stride)?;
        let to_shorten = shortened.chunks_exact_mut(whole.stride);
        shorten(&whole, 0, down, rows.clone(), to_shorten, call)?;
        let strip = Strip {
            pixels: &shortened,
            stride: whole.stride,
        };
        match across.from == across.to {
            true => to
                .chunks_exact_mut(kept)
                .zip(shortened.chunks_exact(whole.stride))
                .for_each(|(to, row)| to.copy_from_slice(&row[target.columns.start * CHANNELS..][..kept])),
            false => to.copy_from_slice(&narrow(&strip, rows.len(), across, target.columns.clone(), call)?),
        }
    }
    Ok(())
}

/// Some rows of a picture that is as wide as the result, or wider.
struct Strip<'a> {
    pixels: &'a [u8],
    /// Bytes from a row to the next.
    stride: usize,
}

impl<'a> Strip<'a> {
    fn of(source: &'a Rgb, top: usize, left: usize) -> Self {
        let stride = source.width as usize * CHANNELS;
        Strip {
            pixels: &source.pixels[top * stride + left * CHANNELS..],
            stride,
        }
    }

    fn row(&self, y: usize, length: usize) -> &[u8] {
        &self.pixels[y * self.stride..][..length]
    }
}

/// The pass along `rows` rows.
fn narrow(strip: &Strip, rows: usize, axis: Axis, columns: Range<usize>, call: &Call) -> Result<Vec<u8>> {
    let windows = Windows::new(axis, columns.clone())?;
    let (length, kept) = (axis.from * CHANNELS, columns.len() * CHANNELS);
    let mut narrowed = zeros(rows.next_multiple_of(AT_ONCE) * kept)?;
    for (group, to) in narrowed.chunks_exact_mut(AT_ONCE * kept).enumerate() {
        call.check()?;
        // Where the last group has fewer, the last row is done again, and forgotten.
        sum_along(
            std::array::from_fn(|i| strip.row((group * AT_ONCE + i).min(rows - 1), length)),
            &windows,
            to,
        );
    }
    narrowed.truncate(rows * kept);
    Ok(narrowed)
}

/// The pass down the columns, over a strip whose first row is the source's `top`.
fn shorten<'a>(
    strip: &Strip,
    top: usize,
    axis: Axis,
    rows: Range<usize>,
    to: impl Iterator<Item = &'a mut [u8]>,
    call: &Call,
) -> Result<()> {
    let mut weights = Vec::new();
    for ((y, window), row) in rows.clone().zip(axis.windows(rows)).zip(to) {
        call.check()?;
        let start = window.start - top;
        axis.weigh(y, window, &mut weights)?;
        sum_down(strip, start, &weights, row);
    }
    Ok(())
}

#[multiversion(targets("x86_64+avx2"))]
fn sum_down(strip: &Strip, top: usize, weights: &[i32], to: &mut [u8]) {
    const WIDE: usize = 64;
    let length = to.len();
    for (i, to) in to.chunks_mut(WIDE).enumerate() {
        let mut sums = [HALF; WIDE];
        for (y, weight) in weights.iter().enumerate() {
            let values = &strip.row(top + y, length)[i * WIDE..][..to.len()];
            let mut add = |values: &[u8]| {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += i32::from(*value) * weight;
                }
            };
            // Of a length known here, the loop becomes a few instructions.
            match <&[u8; WIDE]>::try_from(values) {
                Ok(values) => add(values),
                Err(_) => add(values),
            }
        }
        to.iter_mut().zip(sums).for_each(|(to, sum)| *to = round(sum));
    }
}

fn zeros(bytes: usize) -> Result<Vec<u8>> {
    let mut memory = Vec::new();
    reserve(&mut memory, bytes)?;
    memory.resize(bytes, 0);
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::error::Error;

    /// Strips are for pictures too large for a test; and what is cut off does not change the rest.
    #[test]
    fn a_part_in_strips_is_the_same() {
        let (width, height) = (61, 47);
        let pixels = (0..width * height * 3).map(|i| (i * i / 7) as u8).collect();
        let source = Rgb { width, height, pixels };
        for filter in [Filter::Nearest, Filter::Bicubic, Filter::Lanczos] {
            for (height, width) in [(30, 20), (100, 25), (47, 90), (20, 61), (47, 61), (9, 60), (10, 80)] {
                let target = |rows, columns| Target {
                    height,
                    width,
                    rows,
                    columns,
                };
                let call = Call::unwatched();
                let whole = resize(&source, &target(0..height, 0..width), filter, &call).unwrap();
                let (rows, columns) = (5..height - 7, 3..width - 2);
                let part = in_strips(&source, &target(rows.clone(), columns.clone()), filter, 200, &call).unwrap();
                let row = |y: usize| &whole[(y * width + columns.start) * 3..(y * width + columns.end) * 3];
                assert_eq!(
                    part,
                    rows.flat_map(row).copied().collect::<Vec<u8>>(),
                    "{filter:?} {height}×{width}"
                );
            }
        }
    }

    #[test]
    fn a_call_that_ends_is_noticed_a_few_rows_later() {
        let (width, height) = (90, 80);
        let pixels = vec![7; (width * height * 3) as usize];
        let source = Rgb { width, height, pixels };
        // The rows first, the columns first, and either alone.
        for (height, width) in [(40, 20), (20, 80), (80, 30), (30, 90)] {
            let target = Target {
                height,
                width,
                rows: 0..height,
                columns: 0..width,
            };
            let resize = |call: &Call| resize(&source, &target, Filter::Bicubic, call);
            let (call, looks) = Call::counted(usize::MAX);
            resize(&call).unwrap();
            let looks = looks.load(Ordering::SeqCst);
            assert!(looks >= height.max(30) / AT_ONCE, "{looks} looks at {height}×{width}");
            for n in [0, 1, looks / 2, looks - 1] {
                let (call, looks) = Call::counted(n);
                let ended = resize(&call);
                assert!(matches!(ended, Err(Error::Cancelled(_))), "{height}×{width}, {n}");
                assert_eq!(looks.load(Ordering::SeqCst), n + 1);
            }
        }
    }
}
