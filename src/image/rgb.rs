//! What becomes of every picture first.

use super::memory::zeros;
use crate::error::Result;

/// 8-bit RGB, rows from the top, no gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

impl Rgb {
    /// A black picture, its memory reserved fallibly.
    pub(super) fn black(width: u32, height: u32) -> Result<Self> {
        let pixels = zeros(3 * u64::from(width) * u64::from(height))?;
        Ok(Self { width, height, pixels })
    }
}
