//! What callers give, and what becomes of it first: 8-bit RGB.

use super::decode;
use super::limits::Limits;
use super::raw::{self, Raw};
use super::rgb::Rgb;
use crate::control::Call;
use crate::error::Result;

/// A picture as callers have it.
pub enum Picture {
    /// The bytes of a file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.
    Encoded(Vec<u8>),
    Raw(Raw),
}

impl Picture {
    /// Upright RGB as Pillow's `ImageOps.exif_transpose` and `convert("RGB")` give it: EXIF orientation applied, alpha dropped (not
    /// blended), palettes looked up, CMYK by Pillow's formula. One difference: of 16-bit grey we take the high byte, as Pillow
    /// itself does for 16-bit RGB, where Pillow clips every value over 255 to white.
    ///
    /// The call is looked at now and then, for a file may take seconds.
    pub fn into_rgb(self, limits: &Limits, call: &Call) -> Result<Rgb> {
        match self {
            Picture::Encoded(bytes) => decode::decode(&bytes, limits, call),
            Picture::Raw(raw) => raw::to_rgb(&raw, limits),
        }
    }
}
