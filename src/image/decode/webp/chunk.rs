//! One chunk of a WebP file, and what the header of its pixels says.

use super::super::{damaged, truncated};
use super::NAME;
use crate::error::Result;

pub struct Chunk<'a> {
    pub tag: [u8; 4],
    pub data: &'a [u8],
}

/// The chunk that `rest` begins with; none at its end.
pub fn next_chunk<'a>(rest: &mut &'a [u8]) -> Result<Option<Chunk<'a>>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let &[a, b, c, d, e, f, g, h, ref after @ ..] = *rest else {
        return Err(truncated(NAME));
    };
    let length = u32::from_le_bytes([e, f, g, h]) as usize;
    let (data, after) = after.split_at_checked(length).ok_or_else(|| truncated(NAME))?;
    // Chunks begin at even places.
    *rest = after.get(length % 2..).ok_or_else(|| truncated(NAME))?;
    Ok(Some(Chunk {
        tag: [a, b, c, d],
        data,
    }))
}

/// The width and height that a chunk of pixels gives itself, as VP8 (RFC 6386, 9.1) and VP8L have them.
pub fn size(chunk: &Chunk) -> Result<(u32, u32)> {
    let size = match (&chunk.tag, chunk.data) {
        (b"VP8 ", &[t, u, v, 0x9D, 0x01, 0x2A, a, b, c, d, ..]) => {
            let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3FFF);
            let tag = u24([t, u, v]);
            // A key frame, of one of four profiles, that is shown, and whose first part fits in.
            let fits = tag & 1 == 0 && tag >> 1 & 7 <= 3 && tag >> 4 & 1 == 1 && (tag >> 5) < chunk.data.len() as u32;
            fits.then(|| (side([a, b]), side([c, d])))
        }
        (b"VP8L", &[0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([a, b, c, d]);
            let is_known = bits >> 29 == 0;
            is_known.then_some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => None,
    };
    size.filter(|(width, height)| *width > 0 && *height > 0)
        .ok_or_else(|| damaged(NAME, "its pixels have no header, or one that makes no sense"))
}

pub fn u24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}
