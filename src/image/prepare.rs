//! Doing what a model's preprocessing says.

use std::ops::Range;

use super::memory::reserve;
use super::preprocessing::{Filter, Preprocessing};
use super::resize::{resize, Target};
use super::rgb::Rgb;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::options::LARGEST_SIDE;

/// A picture as a model reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    pub height: u32,
    pub width: u32,
    /// Rows from the top, three normalised channels a pixel.
    pub values: Vec<f32>,
}

/// Gives up soon after the call has ended: a large picture takes a second.
pub fn prepare(picture: Rgb, how: &Preprocessing, call: &Call) -> Result<Pixels> {
    how.check()?;
    let (height, width) = (picture.height, picture.width);
    let bytes = (u64::from(height) * u64::from(width)).saturating_mul(3);
    if bytes == 0 || bytes != picture.pixels.len() as u64 {
        let sentence = format!(
            "a picture of {height}×{width} pixels has {} bytes of RGB",
            picture.pixels.len()
        );
        return Err(Error::InvalidArgument(sentence));
    }
    let (resized, filter) = match how.resize {
        Some(resize) => (resize.to.of(height, width), resize.filter),
        None => ((height.into(), width.into()), Filter::Nearest),
    };
    let frame = match how.crop {
        Some(crop) => (crop.height.into(), crop.width.into()),
        None => resized,
    };
    afford(&picture, resized, frame)?;
    let down = Cut::new(resized.0, frame.0, how);
    let across = Cut::new(resized.1, frame.1, how);
    let target = Target {
        height: resized.0 as usize,
        width: resized.1 as usize,
        rows: down.kept.clone(),
        columns: across.kept.clone(),
    };
    let kept = resize(&picture, &target, filter, call)?;
    drop(picture);
    Ok(Pixels {
        height: frame.0 as u32,
        width: frame.1 as u32,
        values: normalise(&kept, &down, &across, how)?,
    })
}

/// Refuses shapes of which nothing could be made; Pillow's own limit for a side is that of an i32.
fn afford(picture: &Rgb, resized: (u64, u64), frame: (u64, u64)) -> Result<()> {
    let most = u64::from(LARGEST_SIDE).pow(2);
    let sides = [resized.0, resized.1];
    if sides.iter().all(|side| (1..=i32::MAX as u64).contains(side)) && frame.0.saturating_mul(frame.1) <= most {
        return Ok(());
    }
    Err(Error::InvalidArgument(format!(
        "a picture of {}×{} pixels would become one of {}×{}, which this model cannot read: its sides are too unequal, so cut it first",
        picture.height, picture.width, resized.0, resized.1
    )))
}

/// What is kept along an axis, and the frame it stands in.
struct Cut {
    kept: Range<usize>,
    /// Pixels of the frame before the first that is kept.
    before: usize,
    frame: usize,
}

impl Cut {
    fn new(side: u64, frame: u64, how: &Preprocessing) -> Self {
        let begin = how.crop.map_or(0, |crop| crop.centring.begin(side, frame as u32));
        let end = (begin + frame as i64).clamp(0, side as i64);
        Cut {
            kept: begin.max(0) as usize..end as usize,
            before: (-begin).max(0) as usize,
            frame: frame as usize,
        }
    }
}

/// The kept pixels in their frame, each value looked up.
fn normalise(kept: &[u8], down: &Cut, across: &Cut, how: &Preprocessing) -> Result<Vec<f32>> {
    let [red, green, blue] = [0, 1, 2].map(|channel| table(how, channel));
    let look_up = |pixel: [u8; 3]| {
        [
            red[pixel[0] as usize],
            green[pixel[1] as usize],
            blue[pixel[2] as usize],
        ]
    };
    let fill = look_up(how.crop.map_or([0; 3], |crop| crop.fill));
    let mut values = Vec::new();
    reserve(&mut values, down.frame * across.frame * 3)?;
    let pad = |values: &mut Vec<f32>, pixels: usize| values.extend(std::iter::repeat_n(fill, pixels).flatten());
    pad(&mut values, down.before * across.frame);
    for row in kept.chunks_exact(across.kept.len().max(1) * 3) {
        pad(&mut values, across.before);
        values.extend(
            row.chunks_exact(3)
                .flat_map(|pixel| look_up([pixel[0], pixel[1], pixel[2]])),
        );
        pad(&mut values, across.frame - across.before - across.kept.len());
    }
    pad(&mut values, (down.frame - down.before - down.kept.len()) * across.frame);
    Ok(values)
}

/// What becomes of each value of a channel.
fn table(how: &Preprocessing, channel: usize) -> [f32; 256] {
    let (mean, std) = (how.mean[channel], how.std[channel]);
    std::array::from_fn(|value| ((value as f64 * how.rescale - mean) / std) as f32)
}
