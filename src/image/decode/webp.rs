//! WebP by the `image` crate. The container is read here: alpha is dropped anyway, so the decoder is only ever given the one
//! chunk with the colours, of the picture or of an animation's first frame, and never one of another size than the header's.
//! <https://developers.google.com/speed/webp/docs/riff_container>

use std::io::Cursor;

use ::image::codecs::webp::WebPDecoder;
use ::image::{ImageDecoder, ImageError};

use super::super::picture::{reserved, zeros};
use super::super::{Limits, Rgb};
use super::{colour, damaged, exif, truncated, Stored};
use crate::error::{Error, Result};

pub const NAME: &str = "WebP";

pub fn read(file: &[u8], limits: &Limits) -> Result<Stored> {
    let container = Container::read(file)?;
    let (width, height) = container.canvas;
    limits.check(NAME, width, height)?;
    let picture = container.picture;
    let (x, y) = picture.at;
    if x + picture.size.0 > width || y + picture.size.1 > height {
        return Err(damaged(NAME, "its first frame does not fit in it"));
    }
    let rgb = decode(&picture)?;
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

fn decode(picture: &Frame) -> Result<Rgb> {
    let mut simple = Vec::new();
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
    let decoder = WebPDecoder::new(Cursor::new(simple)).map_err(wrong)?;
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

/// What of a file is looked at.
struct Container<'a> {
    canvas: (u32, u32),
    picture: Frame<'a>,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
}

/// A VP8 or VP8L chunk, and where it belongs.
struct Frame<'a> {
    at: (u32, u32),
    size: (u32, u32),
    tag: [u8; 4],
    data: &'a [u8],
}

impl<'a> Container<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        let (mut canvas, mut picture, mut exif, mut xmp) = (None, None, None, None);
        let mut rest = file.get(12..).unwrap_or_default();
        // The pixels may not be cut off; metadata behind them may.
        while let Some(chunk) = next_chunk(&mut rest, picture.is_some())? {
            match (&chunk.tag, chunk.data) {
                (b"VP8X", &[_, _, _, _, a, b, c, d, e, f, ..]) => {
                    canvas = Some((u24([a, b, c]) + 1, u24([d, e, f]) + 1));
                }
                (b"VP8 " | b"VP8L", data) if picture.is_none() => {
                    picture = Some(Frame {
                        at: (0, 0),
                        size: size(chunk.tag, data)?,
                        tag: chunk.tag,
                        data,
                    });
                }
                (b"ANMF", data) if picture.is_none() => picture = Some(first_frame(data)?),
                (b"EXIF", data) => exif = Some(data),
                (b"XMP ", data) => xmp = Some(data),
                _ => {}
            }
        }
        let picture = picture.ok_or_else(|| damaged(NAME, "it holds no pixels"))?;
        Ok(Self {
            canvas: canvas.unwrap_or(picture.size),
            picture,
            exif,
            xmp,
        })
    }
}

/// The place, the size and the flags of a frame, then its chunks.
fn first_frame(data: &[u8]) -> Result<Frame<'_>> {
    let &[a, b, c, d, e, f, ..] = data else {
        return Err(truncated(NAME));
    };
    let at = (2 * u24([a, b, c]), 2 * u24([d, e, f]));
    let mut rest = data.get(16..).unwrap_or_default();
    while let Some(chunk) = next_chunk(&mut rest, false)? {
        if matches!(&chunk.tag, b"VP8 " | b"VP8L") {
            return Ok(Frame {
                at,
                size: size(chunk.tag, chunk.data)?,
                tag: chunk.tag,
                data: chunk.data,
            });
        }
    }
    Err(damaged(NAME, "its first frame holds no pixels"))
}

struct Chunk<'a> {
    tag: [u8; 4],
    data: &'a [u8],
}

/// A cut-off chunk is the end where that `may_end`, and else an error.
fn next_chunk<'a>(rest: &mut &'a [u8], may_end: bool) -> Result<Option<Chunk<'a>>> {
    let &[a, b, c, d, e, f, g, h, ref after @ ..] = *rest else {
        return Ok(None);
    };
    let length = u32::from_le_bytes([e, f, g, h]) as usize;
    let Some((data, after)) = after.split_at_checked(length) else {
        return if may_end { Ok(None) } else { Err(truncated(NAME)) };
    };
    // Chunks begin at even places.
    *rest = after.get(length % 2..).unwrap_or_default();
    Ok(Some(Chunk {
        tag: [a, b, c, d],
        data,
    }))
}

/// The width and height that a chunk of pixels gives itself.
fn size(tag: [u8; 4], data: &[u8]) -> Result<(u32, u32)> {
    match (&tag, data) {
        (b"VP8 ", &[_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..]) => {
            let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3FFF);
            Ok((side([a, b]), side([c, d])))
        }
        (b"VP8L", &[0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([a, b, c, d]);
            Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => Err(damaged(NAME, "its pixels have no header")),
    }
}

fn u24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

fn wrong(error: ImageError) -> Error {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
