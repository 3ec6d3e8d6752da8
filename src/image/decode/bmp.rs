//! BMP by the `image` crate.

use ::image::codecs::bmp::BmpDecoder;
use ::image::{ImageDecoder, ImageError};

use super::super::limits::Limits;
use super::super::memory::zeros;
use super::watched::Watched;
use super::{colour, damaged, truncated, Orientation, Stored};
use crate::control::Call;
use crate::error::{Error, Result};

pub const NAME: &str = "BMP";

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let decoder = BmpDecoder::new(Watched::new(file, call)).map_err(wrong)?;
    let (width, height) = decoder.dimensions();
    limits.check(NAME, width, height)?;
    let channels = usize::from(decoder.color_type().channel_count());
    let mut samples = zeros(decoder.total_bytes())?;
    decoder.read_image(&mut samples).map_err(wrong)?;
    let mut rgb = colour::interleaved(width, height, channels, samples)?;
    if let Some(widths) = narrow_channels(file) {
        for pixel in rgb.pixels.as_chunks_mut::<3>().0 {
            for (value, bits) in pixel.iter_mut().zip(widths) {
                *value = cut(*value, bits);
            }
        }
    }
    Ok(Stored {
        rgb,
        orientation: Orientation::default(),
    })
}

/// Bits of red, green and blue where a pixel has 16.
fn narrow_channels(file: &[u8]) -> Option<[u32; 3]> {
    let field = |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?));
    let (header, bits, masked, green) = (field(14)?, field(26)? >> 16, field(30)? == 3, field(58)?);
    let six = masked && green == 0x07E0;
    (header >= 40 && bits == 16).then_some([5, if six { 6 } else { 5 }, 5])
}

/// A channel of `bits` bits that the decoder scaled to 255 and rounded; Pillow cuts.
fn cut(rounded: u8, bits: u32) -> u8 {
    let stored = u32::from(rounded) >> (8 - bits);
    (stored * 255 / ((1 << bits) - 1)) as u8
}

fn wrong(error: ImageError) -> Error {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
