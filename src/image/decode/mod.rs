//! Files of every format → 8-bit RGB, upright, as Pillow makes it.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `signature` | which format it is, by its first bytes |
//! | `jpeg`, `png`, `webp`, `gif`, `bmp`, `tiff` | one format each: its limits, its modes |
//! | `colour` | samples → RGB |
//! | `exif`, `orientation` | which way up, and turning it |
//! | `watched` | reading only while the picture is wanted |
//!
//! The decoders are those of the `image` crate, called directly where its common face hides what Pillow's result depends on: the
//! colour spaces of a JPEG, the palette of a GIF, the tags of a TIFF, a PNG's text.

mod bmp;
pub(super) mod colour;
mod exif;
mod gif;
mod jpeg;
mod orientation;
mod png;
mod signature;
#[cfg(test)]
mod tests;
mod tiff;
mod watched;
mod webp;

use std::fmt::Display;

use self::orientation::Orientation;
use super::limits::Limits;
use super::rgb::Rgb;
use crate::control::Call;
use crate::error::{Error, Result};

/// A format that can be read.
struct Codec {
    name: &'static str,
    recognises: fn(&[u8]) -> bool,
    /// Looks at the call now and then: a file may take seconds.
    read: fn(&[u8], &Limits, &Call) -> Result<Stored>,
}

/// A picture as its file stores it, and how to turn it.
struct Stored {
    rgb: Rgb,
    orientation: Orientation,
}

const CODECS: [Codec; 6] = [
    Codec {
        name: jpeg::NAME,
        recognises: |file| file.starts_with(b"\xFF\xD8\xFF"),
        read: jpeg::read,
    },
    Codec {
        name: png::NAME,
        recognises: |file| file.starts_with(b"\x89PNG\r\n\x1A\n"),
        read: png::read,
    },
    Codec {
        name: webp::NAME,
        recognises: |file| file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP"),
        read: webp::read,
    },
    Codec {
        name: gif::NAME,
        recognises: |file| file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a"),
        read: gif::read,
    },
    Codec {
        name: bmp::NAME,
        recognises: |file| file.starts_with(b"BM"),
        read: bmp::read,
    },
    Codec {
        name: tiff::NAME,
        recognises: |file| file.starts_with(b"II*\0") || file.starts_with(b"MM\0*"),
        read: tiff::read,
    },
];

/// The formats that can be read, by name.
pub fn decoders() -> impl Iterator<Item = &'static str> {
    CODECS.iter().map(|codec| codec.name)
}

pub fn decode(file: &[u8], limits: &Limits, call: &Call) -> Result<Rgb> {
    let codec = CODECS
        .iter()
        .find(|codec| (codec.recognises)(file))
        .ok_or_else(|| signature::unknown(file))?;
    // A decoder that is stopped takes the file for damaged.
    let stored = (codec.read)(file, limits, call).map_err(|why| call.check().err().unwrap_or(why))?;
    // And what follows the pixels may be damaged, for all it cares.
    call.check()?;
    stored.orientation.apply(stored.rgb, call)
}

/// A file that its format's decoder cannot make sense of.
fn damaged(format: &str, why: impl Display) -> Error {
    // Some decoders list values by the thousand.
    let why: String = why.to_string().chars().take(200).collect();
    Error::InvalidArgument(format!(
        "This {format} cannot be decoded: {}.",
        why.trim_end_matches(['.', '\n'])
    ))
}

/// A file that ends too early.
fn truncated(format: &str) -> Error {
    damaged(format, "the file is truncated, it ends before its pixels do")
}
