//! The pass along the rows.

use multiversion::{multiversion, target::match_target};

use super::super::filter::Windows;
#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::sum::{round, CHANNELS, HALF};

/// Rows that are narrowed side by side: each weight is read once for all of them.
pub const AT_ONCE: usize = 4;

/// A pixel of each row, and one more value behind its channels, which means nothing.
pub type Pixels = [[u8; CHANNELS + 1]; AT_ONCE];

/// `to`: the rows' results, one after another.
#[multiversion(targets("x86_64+avx2"))]
pub fn sum_along(rows: [&[u8]; AT_ONCE], windows: &Windows, to: &mut [u8]) {
    match_target! {
        "x86_64+avx2" => each_window(rows, windows, to, |rows, start, weights| avx2::pixels(rows, start, weights)),
        _ => each_window(rows, windows, to, pixels),
    }
}

#[inline(always)]
fn each_window(
    rows: [&[u8]; AT_ONCE],
    windows: &Windows,
    to: &mut [u8],
    pixels: impl Fn([&[u8]; AT_ONCE], usize, &[i32]) -> Pixels,
) {
    let kept = to.len() / AT_ONCE;
    for (column, (start, weights)) in windows.iter().enumerate() {
        for (row, pixel) in pixels(rows, start, weights).iter().enumerate() {
            to[row * kept + column * CHANNELS..][..CHANNELS].copy_from_slice(&pixel[..CHANNELS]);
        }
    }
}

/// Of the window that begins at pixel `start`.
#[inline(always)]
pub fn pixels(rows: [&[u8]; AT_ONCE], start: usize, weights: &[i32]) -> Pixels {
    rows.map(|row| {
        let mut sums = [HALF; CHANNELS + 1];
        let pixels = row[start * CHANNELS..].chunks_exact(CHANNELS);
        for (pixel, weight) in pixels.zip(weights) {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(*value) * weight;
            }
        }
        sums.map(round)
    })
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::super::super::filter::{Axis, Filter};
    use super::*;

    #[test]
    fn avx2_pixels_are_the_general_ones() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        let row = |seed: usize, from: usize| -> Vec<u8> {
            (0..from * CHANNELS)
                .map(|i| match (i * i + seed) % 5 {
                    0 => 0,
                    1 => 255,
                    _ => (i * 31 + seed * 17) as u8,
                })
                .collect()
        };
        for filter in [Filter::Nearest, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos] {
            for (from, to) in [(1, 1), (2, 5), (5, 2), (40, 13), (61, 60), (300, 7), (9000, 2)] {
                let made: [Vec<u8>; AT_ONCE] = std::array::from_fn(|i| row(i, from));
                let rows = std::array::from_fn(|i| made[i].as_slice());
                let windows = Windows::new(Axis { from, to, filter }, 0..to).unwrap();
                let mut general = vec![0; to * CHANNELS * AT_ONCE];
                each_window(rows, &windows, &mut general, pixels);
                let mut fast = vec![0; to * CHANNELS * AT_ONCE];
                sum_along(rows, &windows, &mut fast);
                assert_eq!(fast, general, "{filter:?} {from} to {to}");
            }
        }
    }
}
