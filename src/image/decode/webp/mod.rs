//! WebP by the `image` crate. The container is read by code of our own: alpha is dropped anyway, so the decoder is only ever given
//! the one chunk with the colours, of the picture or of an animation's first frame, and never one of another size than the header's.
//!
//! Lossy pixels (VP8) are decoded in one go from bytes that were all read before: the decoder asks nobody in between, and its state
//! cannot be taken from it halfway. So a call that ends meanwhile is noticed once it is done: for 36 megapixels, after seconds.

mod chunk;
mod container;

use ::image::codecs::webp::WebPDecoder;
use ::image::{ImageDecoder, ImageError};

use self::container::{Container, Frame};
use super::watched::Watched;
use super::{colour, damaged, exif, truncated, Stored};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::image::limits::Limits;
use crate::image::memory::{reserved, zeros};
use crate::image::rgb::Rgb;

pub const NAME: &str = "WebP";

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let container = Container::read(file)?;
    let (width, height) = container.canvas;
    limits.check(NAME, width, height)?;
    let picture = container.picture;
    let rgb = decode(&picture, call)?;
    let rgb = if picture.size == container.canvas {
        rgb
    } else {
        paste(&rgb, picture.at, container.canvas)?
    };
    Ok(Stored {
        rgb,
        orientation: exif::orientation(container.exif, container.xmp),
    })
}

fn decode(picture: &Frame, call: &Call) -> Result<Rgb> {
    let mut simple = reserved(picture.data.len() as u64 + 20)?;
    let length = |payload: usize| (payload as u32).to_le_bytes();
    let header: [&[u8]; 5] = [
        b"RIFF",
        &length(picture.data.len() + 12),
        b"WEBP",
        &picture.tag,
        &length(picture.data.len()),
    ];
    simple.extend(header.concat());
    simple.extend_from_slice(picture.data);
    // Planes of colour, or four channels where three are asked for.
    drop(reserved(4 * u64::from(picture.size.0) * u64::from(picture.size.1))?);
    let decoder = WebPDecoder::new(Watched::new(simple, call)).map_err(wrong)?;
    if decoder.dimensions() != picture.size {
        return Err(damaged(NAME, "its headers give two sizes"));
    }
    let channels = usize::from(decoder.color_type().channel_count());
    let mut samples = zeros(decoder.total_bytes())?;
    decoder.read_image(&mut samples).map_err(wrong)?;
    colour::interleaved(picture.size.0, picture.size.1, channels, samples)
}

/// A frame on its canvas, which is black.
fn paste(frame: &Rgb, (x, y): (u32, u32), canvas: (u32, u32)) -> Result<Rgb> {
    let mut rgb = Rgb::black(canvas.0, canvas.1)?;
    let rows = rgb.pixels.chunks_exact_mut(3 * canvas.0 as usize).skip(y as usize);
    for (row, from) in rows.zip(frame.pixels.chunks_exact(3 * frame.width as usize)) {
        row[3 * x as usize..][..from.len()].copy_from_slice(from);
    }
    Ok(rgb)
}

fn wrong(error: ImageError) -> Error {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
