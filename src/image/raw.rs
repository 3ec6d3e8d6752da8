//! A texture's pixels → 8-bit RGB.

use super::decode::colour::each;
use super::limits::Limits;
use super::rgb::Rgb;
use crate::error::{Error, Result};

/// How raw pixels are laid out, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Rgb,
    Rgba,
    Bgra,
    Gray,
}

/// Raw pixels: a game's texture, a camera's frame.
pub struct Raw {
    pub format: Format,
    pub width: u32,
    pub height: u32,
    /// Bytes from a row to the next; 0: rows follow each other without a gap.
    pub row_stride: usize,
    /// The first row in memory is the picture's bottom (Unity, OpenGL).
    pub bottom_up: bool,
    pub data: Vec<u8>,
}

/// As callers write it.
impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Format::Rgb => "GLYXEL_RGB8",
            Format::Rgba => "GLYXEL_RGBA8",
            Format::Bgra => "GLYXEL_BGRA8",
            Format::Gray => "GLYXEL_GRAY8",
        })
    }
}

impl Format {
    pub fn channels(self) -> usize {
        match self {
            Format::Rgb => 3,
            Format::Rgba | Format::Bgra => 4,
            Format::Gray => 1,
        }
    }
}

pub fn to_rgb(raw: &Raw, limits: &Limits) -> Result<Rgb> {
    limits.check("picture", raw.width, raw.height)?;
    let (row, stride) = layout(raw)?;
    let mut rgb = Rgb::black(raw.width, raw.height)?;
    let from_top = rgb.pixels.chunks_exact_mut(3 * raw.width as usize);
    let stored = raw.data.chunks(stride).filter_map(|bytes| bytes.get(..row));
    let convert = |(to, from): (&mut [u8], &[u8])| match raw.format {
        Format::Rgb => to.copy_from_slice(from),
        Format::Rgba => each(from, to, |[r, g, b, _]| [r, g, b]),
        Format::Bgra => each(from, to, |[b, g, r, _]| [r, g, b]),
        Format::Gray => each(from, to, |[v]| [v, v, v]),
    };
    if raw.bottom_up {
        from_top.rev().zip(stored).for_each(convert);
    } else {
        from_top.zip(stored).for_each(convert);
    }
    Ok(rgb)
}

/// Bytes of a row's pixels, and from a row to the next. The last row may end with its pixels.
fn layout(raw: &Raw) -> Result<(usize, usize)> {
    let (width, height) = (u64::from(raw.width), u64::from(raw.height));
    let row = width * raw.format.channels() as u64;
    let stride = if raw.row_stride == 0 {
        row
    } else {
        raw.row_stride as u64
    };
    if stride < row {
        return Err(Error::InvalidArgument(format!(
            "row_stride is {stride}, but a row of {width} pixels of {} takes {row} bytes; 0 means that rows follow each other without a gap.",
            raw.format
        )));
    }
    // `None`: more bytes than can be counted.
    let needed = stride
        .checked_mul(height - 1)
        .and_then(|before| before.checked_add(row));
    if needed.is_none_or(|needed| (raw.data.len() as u64) < needed) {
        let needed = needed.map_or("more than 2^64".to_string(), |needed| needed.to_string());
        return Err(Error::InvalidArgument(format!(
            "{width} × {height} pixels of {} with {stride} bytes from a row to the next take {needed} bytes, and {} were given.",
            raw.format,
            raw.data.len()
        )));
    }
    Ok((row as usize, stride as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(format: Format, width: u32, height: u32, data: &[u8]) -> Raw {
        Raw {
            format,
            width,
            height,
            row_stride: 0,
            bottom_up: false,
            data: data.to_vec(),
        }
    }

    fn pixels(raw: &Raw) -> Vec<u8> {
        to_rgb(raw, &Limits::default()).unwrap().pixels
    }

    fn refused(raw: &Raw, words: &[&str]) {
        let Err(Error::InvalidArgument(sentence)) = to_rgb(raw, &Limits { pixels: 100 }) else {
            panic!("accepted")
        };
        for word in words {
            assert!(sentence.contains(word), "{sentence:?} does not say {word:?}");
        }
    }

    #[test]
    fn formats() {
        assert_eq!(pixels(&raw(Format::Rgb, 2, 1, &[1, 2, 3, 4, 5, 6])), [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            pixels(&raw(Format::Rgba, 2, 1, &[1, 2, 3, 0, 4, 5, 6, 9])),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!(
            pixels(&raw(Format::Bgra, 2, 1, &[1, 2, 3, 0, 4, 5, 6, 9])),
            [3, 2, 1, 6, 5, 4]
        );
        assert_eq!(
            pixels(&raw(Format::Gray, 3, 1, &[7, 8, 9])),
            [7, 7, 7, 8, 8, 8, 9, 9, 9]
        );
    }

    #[test]
    fn rows() {
        let gaps = Raw {
            row_stride: 5,
            ..raw(Format::Gray, 2, 3, &[1, 2, 0, 0, 0, 3, 4, 0, 0, 0, 5, 6])
        };
        assert_eq!(pixels(&gaps), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]);
        let flipped = Raw {
            bottom_up: true,
            ..gaps
        };
        assert_eq!(pixels(&flipped), [5, 5, 5, 6, 6, 6, 3, 3, 3, 4, 4, 4, 1, 1, 1, 2, 2, 2]);
        let one_row = Raw {
            row_stride: usize::MAX,
            ..raw(Format::Gray, 1, 1, &[1])
        };
        assert_eq!(pixels(&one_row), [1, 1, 1]);
        let too_much = raw(Format::Gray, 1, 1, &[1, 2, 3]);
        assert_eq!(pixels(&too_much), [1, 1, 1]);
    }

    #[test]
    fn refusals() {
        refused(
            &raw(Format::Rgb, 2, 2, &[0; 11]),
            &["2 × 2", "GLYXEL_RGB8", "12 bytes", "11 were given"],
        );
        refused(
            &Raw {
                row_stride: 5,
                ..raw(Format::Rgb, 2, 2, &[0; 12])
            },
            &["row_stride is 5", "GLYXEL_RGB8", "6 bytes"],
        );
        refused(
            &Raw {
                row_stride: 7,
                ..raw(Format::Rgb, 2, 2, &[0; 12])
            },
            &["13 bytes", "12 were given"],
        );
        refused(
            &Raw {
                row_stride: usize::MAX,
                ..raw(Format::Rgb, 2, 3, &[0; 18])
            },
            &["more than 2^64"],
        );
        refused(&raw(Format::Rgb, 0, 2, &[]), &["0 × 2"]);
        refused(&raw(Format::Rgb, 2, 0, &[]), &["2 × 0"]);
        refused(
            &raw(Format::Rgb, u32::MAX, u32::MAX, &[]),
            &["18446744065119617025", "max_image_pixels", "100"],
        );
    }
}
