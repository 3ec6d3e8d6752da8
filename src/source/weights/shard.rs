//! One file of weights: opened once, read piece by piece.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::source::files;

pub(super) const BLOCK: usize = 1 << 20;

pub(super) struct Shard {
    pub path: PathBuf,
    pub size: u64,
    file: File,
}

/// The CRC-32 that a file states of a range of its bytes.
#[derive(Debug)]
pub(super) struct Checksum {
    pub offset: u64,
    pub len: u64,
    pub crc: u32,
    /// Whether it was found to hold: tensors may share a range.
    pub holds: AtomicBool,
}

impl Shard {
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |e: std::io::Error| Error::io("opening the weights", path, &e);
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(Error::BadModel(format!("{} is not a regular file", path.display())));
        }
        let shard = Shard {
            path: path.to_path_buf(),
            size: metadata.len(),
            file: File::open(path).map_err(failed)?,
        };
        let pointer = b"version https://git-lfs";
        if shard.size > pointer.len() as u64 && shard.bytes(0, pointer.len() as u64)? == pointer {
            return Err(Error::BadModel(format!(
                "{} is a Git LFS pointer, not the weights that it stands for: run `git lfs pull` in its folder, or download the file itself",
                path.display()
            )));
        }
        Ok(shard)
    }

    pub fn read(&self, bytes: &mut [u8], offset: u64) -> Result<()> {
        self.file
            .read_exact_at(bytes, offset)
            .map_err(|e| Error::io("reading", &self.path, &e))
    }

    /// `len` bytes from `offset` on, which the caller knows to lie in the file.
    pub fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        let mut bytes = files::reserve(len, &self.path)?;
        bytes.resize(len as usize, 0);
        self.read(&mut bytes, offset)?;
        Ok(bytes)
    }

    pub fn check(&self, checksum: &Checksum) -> Result<()> {
        if checksum.holds.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut hasher = crc32fast::Hasher::new();
        let mut block = vec![0; checksum.len.min(BLOCK as u64) as usize];
        let (mut offset, mut left) = (checksum.offset, checksum.len);
        while left > 0 {
            let part = block.get_mut(..left.min(BLOCK as u64) as usize).unwrap_or_default();
            self.read(part, offset)?;
            hasher.update(part);
            offset += part.len() as u64;
            left -= part.len() as u64;
        }
        if hasher.finalize() != checksum.crc {
            return Err(self.bad("a checksum in it is wrong"));
        }
        checksum.holds.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub fn bad(&self, what: impl std::fmt::Display) -> Error {
        Error::BadModel(format!(
            "{} is damaged: {what}; download or save it again",
            self.path.display()
        ))
    }
}
