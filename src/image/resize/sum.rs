//! A weighted sum of 8-bit values, and how it becomes one.

use super::super::filter::BITS;

pub const CHANNELS: usize = 3;

/// Where a sum begins, so that it is rounded to the nearest.
pub const HALF: i32 = 1 << (BITS - 1);

/// A sum as 8 bits.
pub fn round(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}
