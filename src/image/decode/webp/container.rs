//! What a WebP file holds: chunks (<https://developers.google.com/speed/webp/docs/riff_container>), refused where libwebp's demuxer
//! (`src/demux/demux.c`), which Pillow reads by, refuses them.

use super::super::{damaged, truncated};
use super::chunk::{next_chunk, size, u24, Chunk};
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
const ALPHA: u8 = 0x10;
const PROFILE: u8 = 0x20;

impl<'a> Container<'a> {
    pub fn read(file: &'a [u8]) -> Result<Self> {
        let mut rest = contents(file)?;
        let before = rest;
        let first = next_chunk(&mut rest)?.ok_or_else(|| truncated(NAME))?;
        match (&first.tag, first.data) {
            (b"VP8X", &[flags, _, _, _, a, b, c, d, e, f]) => {
                Self::extended(flags, (u24([a, b, c]) + 1, u24([d, e, f]) + 1), rest)
            }
            (b"VP8 " | b"VP8L", _) => {
                rest = before;
                // Without a header nothing but pixels counts, whatever comes behind them.
                let picture = Parts::read(&mut rest)?.picture((0, 0))?;
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
        if flags & !(ANIMATION | XMP | EXIF | ALPHA | PROFILE) > 0 {
            return Err(damaged(
                NAME,
                "its header (VP8X) has a flag that the format gives no meaning",
            ));
        }
        let has = |flag: u8| flags & flag > 0;
        let (mut picture, mut exif, mut xmp, mut frames_may_come) = (None, None, None, false);
        loop {
            let before = rest;
            let Some(chunk) = next_chunk(&mut rest)? else { break };
            match (&chunk.tag, chunk.data) {
                (b"VP8X", _) => return Err(damaged(NAME, "it has two headers (VP8X)")),
                (b"VP8 " | b"VP8L" | b"ALPH", _) if has(ANIMATION) || frames_may_come => {
                    return Err(damaged(
                        NAME,
                        "it holds an animation, and a still picture beside its frames",
                    ));
                }
                (b"VP8 " | b"VP8L" | b"ALPH", _) if picture.is_some() => {
                    return Err(damaged(NAME, "it holds two pictures"));
                }
                (b"VP8 " | b"VP8L" | b"ALPH", _) => {
                    rest = before;
                    let parts = Parts::read(&mut rest)?;
                    parts.check_alpha(has(ALPHA))?;
                    picture = Some(parts.picture((0, 0))?);
                }
                (b"ANIM", data) if data.len() < 6 => return Err(damaged(NAME, "its animation (ANIM) is too short")),
                (b"ANIM", _) => frames_may_come = true,
                (b"ANMF", _) if !frames_may_come => {
                    return Err(damaged(
                        NAME,
                        "a frame comes before what is said of the animation (ANIM)",
                    ));
                }
                (b"ANMF", data) => {
                    // Whatever the frame does not take is read like what stands outside.
                    rest = before.get(8..).unwrap_or_default();
                    let frame = Frame::read(&mut rest, data, canvas)?;
                    if has(ANIMATION) {
                        picture = picture.or(frame);
                    }
                }
                (b"EXIF", data) if has(EXIF) => exif = exif.or(Some(data)),
                (b"XMP ", data) if has(XMP) => xmp = xmp.or(Some(data)),
                _ => {}
            }
        }
        let picture = picture.ok_or_else(|| damaged(NAME, "it holds no pixels, or none that its header speaks of"))?;
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

/// What stands in the file as far as it says it goes, behind its head.
fn contents(file: &[u8]) -> Result<&[u8]> {
    let length = file.get(4..).and_then(|rest| rest.first_chunk());
    let length = length.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    let contents = file.get(8..).and_then(|all| all.get(..length));
    contents.and_then(|all| all.get(4..)).ok_or_else(|| truncated(NAME))
}

/// The chunks of one picture: its colours, and its alpha, which is never looked into.
struct Parts<'a> {
    colours: Option<Chunk<'a>>,
    has_alpha: bool,
    alpha_comes_last: bool,
}

impl<'a> Parts<'a> {
    /// Up to the first chunk that is no more of it.
    fn read(rest: &mut &'a [u8]) -> Result<Self> {
        let mut parts = Self {
            colours: None,
            has_alpha: false,
            alpha_comes_last: false,
        };
        loop {
            let before = *rest;
            match next_chunk(rest)? {
                Some(chunk) if &chunk.tag == b"ALPH" && !parts.has_alpha => {
                    parts.has_alpha = true;
                    parts.alpha_comes_last = parts.colours.is_some();
                }
                Some(chunk) if &chunk.tag == b"VP8L" && parts.has_alpha => {
                    return Err(damaged(
                        NAME,
                        "its lossless pixels (VP8L) have their alpha a second time (ALPH)",
                    ));
                }
                Some(chunk) if matches!(&chunk.tag, b"VP8 " | b"VP8L") && parts.colours.is_none() => {
                    parts.colours = Some(chunk);
                }
                _ => {
                    *rest = before;
                    return Ok(parts);
                }
            }
        }
    }

    /// Alpha stands before the colours; where it is `announced`, that is: else nobody reads it.
    fn check_alpha(&self, announced: bool) -> Result<()> {
        match announced && self.alpha_comes_last {
            true => Err(damaged(NAME, "its alpha (ALPH) comes behind its colours")),
            false => Ok(()),
        }
    }

    fn picture(self, at: (u32, u32)) -> Result<Frame<'a>> {
        let colours = self
            .colours
            .ok_or_else(|| damaged(NAME, "its alpha (ALPH) is followed by no colours"))?;
        Ok(Frame {
            at,
            size: size(&colours)?,
            tag: colours.tag,
            data: colours.data,
        })
    }
}

impl<'a> Frame<'a> {
    /// `data`, with which `rest` begins: the place, the size and the flags of a frame, then its chunks. There are frames without any.
    fn read(rest: &mut &'a [u8], data: &[u8], canvas: (u32, u32)) -> Result<Option<Self>> {
        let &[a, b, c, d, e, f, ..] = data else {
            return Err(truncated(NAME));
        };
        let at = (2 * u24([a, b, c]), 2 * u24([d, e, f]));
        let whole = rest.len();
        *rest = data.get(16..).and(rest.get(16..)).ok_or_else(|| truncated(NAME))?;
        if rest.is_empty() {
            return Err(truncated(NAME));
        }
        let parts = Parts::read(rest)?;
        if whole - rest.len() > data.len().next_multiple_of(2) {
            return Err(damaged(NAME, "the chunks of a frame are longer than the frame"));
        }
        parts.check_alpha(true)?;
        if parts.colours.is_none() && !parts.has_alpha {
            return Ok(None);
        }
        let frame = parts.picture(at)?;
        if at.0 + frame.size.0 > canvas.0 || at.1 + frame.size.1 > canvas.1 {
            return Err(damaged(NAME, "a frame does not fit in it"));
        }
        Ok(Some(frame))
    }
}
