//! The seal: a zip comment with the CRC-32 of all bytes before it, so that any changed byte shows, not only those of entries.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::records::{BLOCK, END, END_SIGNATURE};
use crate::error::{Error, Result};

pub(super) const PREFIX: &[u8] = b"glyxel:crc32=";
pub(super) const LENGTH: usize = PREFIX.len() + 8;

/// The checksum as the seal writes it; no other spelling is accepted, so its digits cannot change either.
pub(super) fn digits(crc: u32) -> String {
    format!("{crc:08x}")
}

/// Seals an archive just written, whose manifest says `"sealed": true`: readers refuse it from then on if any byte changes.
pub fn seal(path: &Path) -> Result<()> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::UnexpectedEof => Error::Internal(format!("{} is no archive that could be sealed", path.display())),
        _ => Error::io("sealing", path, &e),
    };
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    let len = file.seek(SeekFrom::End(0)).map_err(failed)?;
    let end = len
        .checked_sub(END as u64)
        .ok_or_else(|| failed(ErrorKind::UnexpectedEof.into()))?;
    let mut record = [0; END];
    file.seek(SeekFrom::Start(end))
        .and_then(|_| file.read_exact(&mut record))
        .map_err(failed)?;
    // The last record must end the file, and its last two bytes, the comment's length, be 0: no comment yet.
    if !record.starts_with(END_SIGNATURE) || !record.ends_with(&[0, 0]) {
        return Err(failed(ErrorKind::UnexpectedEof.into()));
    }
    let mut crc = crc32fast::Hasher::new();
    let mut block = vec![0; BLOCK];
    let mut left = len - 2;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    while left > 0 {
        let part = block.get_mut(..left.min(BLOCK as u64) as usize).unwrap_or_default();
        file.read_exact(part).map_err(failed)?;
        crc.update(part);
        left -= part.len() as u64;
    }
    let mut seal = (LENGTH as u16).to_le_bytes().to_vec();
    seal.extend_from_slice(PREFIX);
    crc.update(&seal);
    seal.extend_from_slice(digits(crc.finalize()).as_bytes());
    file.seek(SeekFrom::Start(len - 2))
        .and_then(|_| file.write_all(&seal))
        .map_err(failed)
}
