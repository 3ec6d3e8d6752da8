//! Pictures as callers pass them in.

use std::mem::offset_of;

use super::str;
use super::versioned::{self, Versioned};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::image::{Format, Picture, Raw};

/// The bytes of a file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.
pub const GLYXEL_ENCODED: i32 = 0;
/// Pixels of 3 bytes: red, green, blue.
pub const GLYXEL_RGB8: i32 = 1;
/// Pixels of 4 bytes: red, green, blue, alpha, which is ignored.
pub const GLYXEL_RGBA8: i32 = 2;
/// Pixels of 4 bytes: blue, green, red, alpha, which is ignored.
pub const GLYXEL_BGRA8: i32 = 3;
/// Pixels of 1 byte.
pub const GLYXEL_GRAY8: i32 = 4;

/// A picture: a file's bytes, or raw pixels such as a game's texture. Set struct_size to sizeof(glyxel_image); of encoded
/// pictures only data and len are needed besides, and all else is zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct glyxel_image {
    pub struct_size: u32,
    /// GLYXEL_ENCODED, GLYXEL_RGB8, GLYXEL_RGBA8, GLYXEL_BGRA8 or GLYXEL_GRAY8.
    pub format: i32,
    /// In pixels; 0 for encoded pictures.
    pub width: u32,
    pub height: u32,
    /// Bytes from a row to the next; 0: the rows follow each other without a gap.
    pub row_stride: usize,
    /// The encoded bytes, or the lowest address of the pixels.
    pub data: *const u8,
    /// How many bytes can be read from data.
    pub len: usize,
    /// 1: the row at data is the bottom one (Unity, OpenGL); 0: the top one.
    pub bottom_up: i32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: integers and a pointer, laid out without padding.
unsafe impl Versioned for glyxel_image {
    const NAME: &'static str = "glyxel_image";
    const ENDS: &'static [usize] = &[
        offset_of!(Self, format),
        offset_of!(Self, width),
        offset_of!(Self, height),
        offset_of!(Self, row_stride),
        offset_of!(Self, data),
        offset_of!(Self, len),
        offset_of!(Self, bottom_up),
        offset_of!(Self, reserved),
        size_of::<Self>(),
    ];
}

const _: () = assert!(size_of::<glyxel_image>() == 4 * 4 + 3 * size_of::<usize>() + 2 * 4);

/// `n` pictures, copied while the call is wanted; an error names the picture that it is about.
pub(super) unsafe fn read(images: *const glyxel_image, n: usize, call: &Call) -> Result<Vec<Picture>> {
    let images = versioned::Array::new(images, n, "images")?;
    let mut pictures = Vec::new();
    str::reserve(&mut pictures, n, "images")?;
    for i in 0..n {
        call.check()?;
        let image = images.get(i).and_then(|image| picture(&image, call));
        pictures.push(image.map_err(|e| e.about(format_args!("images[{i}]")))?);
    }
    Ok(pictures)
}

unsafe fn picture(image: &glyxel_image, call: &Call) -> Result<Picture> {
    if image.reserved != 0 {
        return Err(Error::Unsupported(format!(
            "reserved is {}, which this version gives no meaning; set it to 0",
            image.reserved
        )));
    }
    let format = match image.format {
        GLYXEL_ENCODED => return encoded(image, call),
        GLYXEL_RGB8 => Format::Rgb,
        GLYXEL_RGBA8 => Format::Rgba,
        GLYXEL_BGRA8 => Format::Bgra,
        GLYXEL_GRAY8 => Format::Gray,
        other => {
            return Err(Error::InvalidArgument(format!(
                "format is {other}; give GLYXEL_ENCODED (0), GLYXEL_RGB8 (1), GLYXEL_RGBA8 (2), GLYXEL_BGRA8 (3) or GLYXEL_GRAY8 (4)"
            )))
        }
    };
    let bottom_up = match image.bottom_up {
        0 => false,
        1 => true,
        other => {
            return Err(Error::InvalidArgument(format!(
                "bottom_up is {other}; give 1 if the row at data is the bottom one, else 0"
            )))
        }
    };
    let mut raw = Raw {
        format,
        width: image.width,
        height: image.height,
        row_stride: image.row_stride,
        bottom_up,
        data: Vec::new(),
    };
    // No more can belong to the picture, however large the memory is that it stands in.
    let row = (raw.width as usize)
        .saturating_mul(format.channels())
        .max(raw.row_stride);
    let extent = row.saturating_mul(raw.height as usize);
    raw.data = str::copy_while(image.data, image.len.min(extent), &"data", || call.check())?;
    Ok(Picture::Raw(raw))
}

unsafe fn encoded(image: &glyxel_image, call: &Call) -> Result<Picture> {
    let unused = [
        ("width", i128::from(image.width)),
        ("height", i128::from(image.height)),
        ("row_stride", image.row_stride as i128),
        ("bottom_up", i128::from(image.bottom_up)),
    ];
    if let Some((name, value)) = unused.iter().find(|(_, value)| *value != 0) {
        return Err(Error::InvalidArgument(format!(
            "{name} is {value}, but an encoded picture says that by itself; set it to 0, or format to that of the raw pixels"
        )));
    }
    if image.len == 0 {
        return Err(Error::InvalidArgument("it has no bytes: len is 0".into()));
    }
    let file = str::copy_while(image.data, image.len, &"data", || call.check())?;
    Ok(Picture::Encoded(file))
}
