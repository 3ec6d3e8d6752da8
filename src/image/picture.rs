//! What callers give, and what becomes of it first: 8-bit RGB.

use super::{decode, raw};
use crate::control::Call;
use crate::error::{Error, Result};

/// A picture as callers have it.
pub enum Picture {
    /// The bytes of a file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.
    Encoded(Vec<u8>),
    Raw(Raw),
}

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

/// What a stranger's file may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most pixels, width × height, looked at before anything is decoded.
    pub pixels: u64,
}

/// 8-bit RGB, rows from the top, no gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
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

impl Default for Limits {
    /// The size from which on Pillow warns of a decompression bomb: a quarter of a gigabyte of RGB.
    fn default() -> Self {
        Self { pixels: 89_478_485 }
    }
}

impl Limits {
    /// Refuses a picture without pixels or with too many. `what` is the picture: "JPEG".
    pub(super) fn check(&self, what: &str, width: u32, height: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            let sentence = format!("This {what} is {width} × {height} pixels: there is nothing in it to look at.");
            return Err(Error::InvalidArgument(sentence));
        }
        if pixels > self.pixels {
            return Err(Error::InvalidArgument(format!(
                "This {what} is {width} × {height} = {pixels} pixels, and the limit is {}. If it is meant to be that large, raise the \
                 option max_image_pixels.",
                self.pixels
            )));
        }
        Ok(())
    }
}

impl Rgb {
    /// A black picture, its memory reserved fallibly.
    pub(super) fn black(width: u32, height: u32) -> Result<Self> {
        let pixels = zeros(3 * u64::from(width) * u64::from(height))?;
        Ok(Self { width, height, pixels })
    }
}

/// Memory for pixels: an error, not an abort, where there is none.
pub(super) fn zeros(bytes: u64) -> Result<Vec<u8>> {
    let mut memory = reserved(bytes)?;
    memory.resize(bytes as usize, 0);
    Ok(memory)
}

/// The same, empty. A decoder that takes memory by itself aborts where there is none, so first one sees whether there is.
pub(super) fn reserved(bytes: u64) -> Result<Vec<u8>> {
    let none = || {
        Error::OutOfMemory(format!(
            "There is no memory for a picture that takes {bytes} bytes when decoded."
        ))
    };
    let len = usize::try_from(bytes).map_err(|_| none())?;
    let mut memory = Vec::new();
    memory.try_reserve_exact(len).map_err(|_| none())?;
    Ok(memory)
}
