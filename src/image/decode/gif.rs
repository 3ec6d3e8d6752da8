//! GIF by the `gif` crate: the first frame, on the background that Pillow gives it. Transparent pixels show their palette's colour.

use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};

use super::super::limits::Limits;
use super::super::memory::zeros;
use super::super::rgb::Rgb;
use super::colour::{each, Palette};
use super::watched::Watched;
use super::{damaged, truncated, Orientation, Stored};
use crate::control::Call;
use crate::error::{Error, Result};

pub const NAME: &str = "GIF";

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(NonZeroU64::new(limits.pixels).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    options.allow_unknown_blocks(true);
    let mut decoder = options.read_info(Watched::new(file, call)).map_err(wrong)?;
    let screen = (u32::from(decoder.width()), u32::from(decoder.height()));
    let frame = decoder
        .next_frame_info()
        .map_err(wrong)?
        .ok_or_else(|| damaged(NAME, "it holds no frame"))?
        .clone();
    let [left, top, width, height] = [frame.left, frame.top, frame.width, frame.height].map(u32::from);
    limits.check(NAME, width, height)?;
    // A frame that does not fit makes the picture larger.
    let (canvas_width, canvas_height) = (screen.0.max(left + width), screen.1.max(top + height));
    limits.check(NAME, canvas_width, canvas_height)?;

    let colours = frame
        .palette
        .as_deref()
        .or(decoder.global_palette())
        .unwrap_or_default();
    let palette = Palette::new(colours.as_chunks().0.iter().copied());
    let mut indices = zeros(u64::from(width) * u64::from(height))?;
    decoder.read_into_buffer(&mut indices).map_err(wrong)?;

    let mut rgb = Rgb::black(canvas_width, canvas_height)?;
    let background = palette.colour(frame.transparent.unwrap_or(0));
    rgb.pixels.as_chunks_mut().0.fill(background);
    let rows = rgb
        .pixels
        .chunks_exact_mut(3 * canvas_width as usize)
        .skip(top as usize);
    for (row, from) in rows.zip(indices.chunks_exact(width as usize)) {
        each(from, &mut row[3 * left as usize..], |[index]| palette.colour(index));
    }
    Ok(Stored {
        rgb,
        orientation: Orientation::default(),
    })
}

fn wrong(error: DecodingError) -> Error {
    match error {
        DecodingError::UnexpectedEof => truncated(NAME),
        DecodingError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
