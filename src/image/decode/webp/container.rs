//! What a WebP file holds: chunks (<https://developers.google.com/speed/webp/docs/riff_container>), refused where libwebp refuses them.

use super::super::{damaged, truncated};
use super::NAME;
use crate::error::Result;

/// What of a file is looked at.
pub struct Container<'a> {
    pub canvas: (u32, u32),
    pub picture: Frame<'a>,
    pub exif: Option<&'a [u8]>,
    pub xmp: Option<&'a [u8]>,
}

/// A VP8 or VP8L chunk, and where it belongs.
pub struct Frame<'a> {
    pub at: (u32, u32),
    pub size: (u32, u32),
    pub tag: [u8; 4],
    pub data: &'a [u8],
}

// What a header says that the file has.
const ANIMATION: u8 = 0x02;
const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;

impl<'a> Container<'a> {
    pub fn read(file: &'a [u8]) -> Result<Self> {
        let mut rest = file.get(12..).unwrap_or_default();
        let first = next_chunk(&mut rest, false)?.ok_or_else(|| truncated(NAME))?;
        match (&first.tag, first.data) {
            (b"VP8X", &[flags, _, _, _, a, b, c, d, e, f]) => {
                Self::extended(flags, (u24([a, b, c]) + 1, u24([d, e, f]) + 1), rest)
            }
            (b"VP8 " | b"VP8L", _) => {
                let picture = Frame::new((0, 0), &first)?;
                // Without a header nothing but pixels counts, whatever comes behind them.
                Ok(Self {
                    canvas: picture.size,
                    picture,
                    exif: None,
                    xmp: None,
                })
            }
            _ => Err(damaged(
                NAME,
                "it begins with neither pixels nor a header of ten bytes (VP8X)",
            )),
        }
    }

    /// What follows a header: a picture as large as it says, or frames that fit in.
    fn extended(flags: u8, canvas: (u32, u32), mut rest: &'a [u8]) -> Result<Self> {
        let has = |flag: u8| flags & flag > 0;
        let (mut picture, mut exif, mut xmp, mut frames_may_come) = (None, None, None, false);
        // The pixels may not be cut off; metadata behind them may.
        while let Some(chunk) = next_chunk(&mut rest, picture.is_some())? {
            match (&chunk.tag, chunk.data) {
                (b"VP8X", _) => return Err(damaged(NAME, "it has two headers (VP8X)")),
                (b"VP8 " | b"VP8L", _) if has(ANIMATION) => {
                    return Err(damaged(
                        NAME,
                        "its header says that it is animated, and it holds a still picture",
                    ));
                }
                (b"ANIM" | b"ANMF", _) if !has(ANIMATION) => {
                    return Err(damaged(NAME, "it holds an animation, which its header does not say"));
                }
                (b"VP8 " | b"VP8L", _) if picture.is_some() => return Err(damaged(NAME, "it holds two pictures")),
                (b"VP8 " | b"VP8L", _) => picture = Some(Frame::new((0, 0), &chunk)?),
                (b"ANIM", _) => frames_may_come = true,
                (b"ANMF", _) if !frames_may_come => {
                    return Err(damaged(
                        NAME,
                        "a frame comes before what is said of the animation (ANIM)",
                    ));
                }
                (b"ANMF", data) if picture.is_none() => picture = Some(first_frame(data)?),
                (b"EXIF", data) if has(EXIF) => exif = exif.or(Some(data)),
                (b"XMP ", data) if has(XMP) => xmp = xmp.or(Some(data)),
                _ => {}
            }
        }
        let picture = picture.ok_or_else(|| damaged(NAME, "it holds no pixels"))?;
        let (width, height) = picture.size;
        if !has(ANIMATION) && picture.size != canvas {
            return Err(damaged(
                NAME,
                format_args!(
                    "its header says {} × {} pixels, and its picture is {width} × {height}",
                    canvas.0, canvas.1
                ),
            ));
        }
        Ok(Self {
            canvas,
            picture,
            exif,
            xmp,
        })
    }
}

impl<'a> Frame<'a> {
    fn new(at: (u32, u32), chunk: &Chunk<'a>) -> Result<Self> {
        Ok(Self {
            at,
            size: size(chunk.tag, chunk.data)?,
            tag: chunk.tag,
            data: chunk.data,
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
            return Frame::new(at, &chunk);
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
