//! How large a picture may be.

use crate::error::{Error, Result};

/// What a stranger's file may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most pixels, width × height, looked at before anything is decoded.
    pub pixels: u64,
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
