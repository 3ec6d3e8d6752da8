//! A strict reader of zip archives as libtorch writes them: entries stored or deflated, one behind the other without gaps,
//! then the central directory (with zip64 records), then the end. What deviates is refused: libtorch reads what we checked.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use crc32fast::Hasher;
use flate2::read::DeflateDecoder;

use super::records::{
    descriptor_agrees, entries, local_header, locate, Entry, BLOCK, END, END64, END_SIGNATURE, LOCAL, LOCATOR,
};
use super::seal;
use crate::control::Call;
use crate::error::{Error, Result};

const MAX_COMMENT: usize = u16::MAX as usize;
/// A hundred times the directory of a model with ten thousand tensors.
const MAX_DIRECTORY: u64 = 128 << 20;
/// Only code is deflated; it is read whole.
const MAX_DEFLATED: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct Directory {
    /// In the central directory's order; by place once checked.
    pub entries: Vec<Entry>,
    /// Of the whole file.
    pub len: u64,
    /// Whether there is a seal; whether it holds, `check` says.
    pub sealed: bool,
    start: u64,
    /// From the central directory to the end of the file.
    tail: Vec<u8>,
}

pub(super) fn damaged(name: &str, what: impl std::fmt::Display) -> Error {
    Error::BadModel(format!(
        "{name} is damaged: {what}; copy or download it again, or convert its checkpoint again"
    ))
}

impl Directory {
    pub fn read(reader: &mut (impl Read + Seek), name: &str) -> Result<Self> {
        let bad = |what: &str| damaged(name, what);
        let len = reader.seek(SeekFrom::End(0)).map_err(|e| unread(name, &e))?;
        let tail_len = len.min((END64 + LOCATOR + END + MAX_COMMENT) as u64);
        let tail = read_at(reader, len - tail_len, tail_len, name)?;
        let Some(end) = tail.windows(END).rposition(|w| w.starts_with(END_SIGNATURE)) else {
            let start = read_at(reader, 0, len.min(4), name)?;
            return Err(if start.starts_with(b"PK\x03\x04") {
                bad("it begins as a zip archive, but its end is missing or was overwritten")
            } else {
                Error::BadModel(format!(
                    "{name} is not a glyxel bundle: it is no zip archive at all; give a file that glyxel saved, or a checkpoint folder"
                ))
            });
        };
        let (before, record) = tail.split_at(end);
        let located = locate(before, record, len - record.len() as u64)
            .ok_or_else(|| bad("its last records contradict each other"))?;
        if len - located.start > MAX_DIRECTORY {
            return Err(bad("its directory is impossibly large"));
        }
        let comment = record.get(END..).unwrap_or_default();
        let sealed = comment.len() == seal::LENGTH && comment.starts_with(seal::PREFIX);
        let tail = read_at(reader, located.start, len - located.start, name)?;
        let directory = tail.get(..located.size as usize).unwrap_or_default();
        let entries = entries(directory, located.count, located.start).map_err(|what| damaged(name, what))?;
        Ok(Directory {
            entries,
            len,
            sealed,
            start: located.start,
            tail,
        })
    }

    /// Reads everything once: local headers agree with the directory, entries with their checksums, all bytes with the seal.
    pub fn check(&mut self, reader: &mut (impl Read + Seek), name: &str, call: &Call) -> Result<()> {
        self.entries.sort_by_key(|e| e.header);
        reader.seek(SeekFrom::Start(0)).map_err(|e| unread(name, &e))?;
        // Each entry ends where the next one, or the directory, begins.
        let ends: Vec<u64> = self
            .entries
            .iter()
            .skip(1)
            .map(|e| e.header)
            .chain([self.start])
            .collect();
        let block = vec![0; self.len.min(BLOCK as u64) as usize];
        let mut pass = Pass {
            reader,
            name,
            call,
            position: 0,
            whole: Hasher::new(),
            block,
        };
        for (entry, end) in self.entries.iter_mut().zip(ends) {
            pass.entry(entry, end)?;
        }
        if pass.position != self.start {
            return Err(damaged(name, "its first entry is not at its beginning"));
        }
        if self.sealed {
            let (sealed, digits) = self.tail.split_at(self.tail.len().saturating_sub(8));
            pass.whole.update(sealed);
            if seal::digits(pass.whole.finalize()).as_bytes() != digits {
                return Err(damaged(name, "its bytes do not match its seal"));
            }
        }
        Ok(())
    }
}

/// An entry's bytes, unpacked and checked again.
pub(super) fn read(reader: &mut (impl Read + Seek), entry: &Entry, name: &str, limit: u64) -> Result<Vec<u8>> {
    if entry.size > limit || entry.stored > limit {
        let mebibytes = limit >> 20;
        return Err(Error::BadModel(format!(
            "{} in {name} is larger than the {mebibytes} MiB allowed",
            entry.name
        )));
    }
    let raw = read_at(reader, entry.data, entry.stored, name)?;
    let mut bytes = raw;
    if entry.deflated {
        let mut unpacked = reserve(entry.size, name)?;
        // An error here shows in the checksum.
        let _ = DeflateDecoder::new(bytes.as_slice())
            .take(entry.size)
            .read_to_end(&mut unpacked);
        bytes = unpacked;
    }
    if crc32fast::hash(&bytes) != entry.crc {
        return Err(damaged(name, format!("the checksum of {} is wrong", entry.name)));
    }
    Ok(bytes)
}

/// One sequential reading of the file.
struct Pass<'a, R> {
    reader: &'a mut R,
    name: &'a str,
    call: &'a Call,
    position: u64,
    /// The checksum of all bytes so far.
    whole: Hasher,
    block: Vec<u8>,
}

impl<R: Read> Pass<'_, R> {
    fn entry(&mut self, entry: &mut Entry, end: u64) -> Result<()> {
        let file = self.name;
        let bad = |what: &str, entry: &Entry| damaged(file, format!("{what} the entry {}", entry.name));
        if self.position != entry.header {
            return Err(bad("there is a gap or something else before", entry));
        }
        let local = self.bytes(LOCAL)?;
        let extra = local_header(&local, entry).ok_or_else(|| bad("its directory contradicts the header of", entry))?;
        if self.bytes(entry.name.len() as u64)? != entry.name.as_bytes() {
            return Err(bad("another name stands in the header of", entry));
        }
        self.bytes(extra)?;
        entry.data = self.position;
        let crc = if entry.deflated {
            self.deflated(entry)?
        } else {
            self.stored(entry)?
        };
        if crc != entry.crc {
            return Err(bad("the checksum is wrong of", entry));
        }
        let rest = end
            .checked_sub(self.position)
            .filter(|&rest| matches!(rest, 0 | 16 | 24));
        let rest = self.bytes(rest.ok_or_else(|| bad("something else lies over or behind", entry))?)?;
        let agrees = if entry.has_descriptor() {
            descriptor_agrees(&rest, entry)
        } else {
            rest.is_empty()
        };
        if !agrees {
            return Err(bad("the sizes are wrong behind", entry));
        }
        Ok(())
    }

    /// The checksum of an entry that is stored as it is: each byte is hashed once, for the entry and for the whole.
    fn stored(&mut self, entry: &Entry) -> Result<u32> {
        let mut crc = Hasher::new();
        let mut left = entry.stored;
        while left > 0 {
            self.call.check()?;
            let part = self
                .block
                .get_mut(..left.min(BLOCK as u64) as usize)
                .unwrap_or_default();
            self.reader.read_exact(part).map_err(|e| unread(self.name, &e))?;
            crc.update(part);
            left -= part.len() as u64;
            self.position += part.len() as u64;
            self.call.advance(part.len() as u64);
        }
        self.whole.combine(&crc);
        Ok(crc.finalize())
    }

    /// The checksum of what a deflated entry unpacks to, or a sentence if that is not what the directory says.
    fn deflated(&mut self, entry: &Entry) -> Result<u32> {
        let file = self.name;
        let bad = || damaged(file, format!("{} does not unpack", entry.name));
        if entry.stored > MAX_DEFLATED {
            return Err(bad());
        }
        let raw = self.bytes(entry.stored)?;
        let mut decoder = DeflateDecoder::new(raw.as_slice());
        let mut crc = Hasher::new();
        let mut size = 0;
        loop {
            self.call.check()?;
            let n = decoder.read(&mut self.block).map_err(|_| bad())?;
            crc.update(self.block.get(..n).unwrap_or_default());
            size += n as u64;
            if size > entry.size {
                return Err(bad());
            }
            if n == 0 {
                break;
            }
        }
        if size != entry.size || decoder.total_in() != entry.stored {
            return Err(bad());
        }
        self.call.advance(entry.stored);
        Ok(crc.finalize())
    }

    fn bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        let bytes = exactly(self.reader, len, self.name)?;
        self.whole.update(&bytes);
        self.position += len;
        Ok(bytes)
    }
}

fn read_at(reader: &mut (impl Read + Seek), at: u64, len: u64, name: &str) -> Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(at)).map_err(|e| unread(name, &e))?;
    exactly(reader, len, name)
}

fn exactly(reader: &mut impl Read, len: u64, name: &str) -> Result<Vec<u8>> {
    let mut bytes = reserve(len, name)?;
    reader.take(len).read_to_end(&mut bytes).map_err(|e| unread(name, &e))?;
    if bytes.len() as u64 != len {
        return Err(unread(name, &ErrorKind::UnexpectedEof.into()));
    }
    Ok(bytes)
}

fn reserve(len: u64, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match usize::try_from(len).map(|len| bytes.try_reserve_exact(len)) {
        Ok(Ok(())) => Ok(bytes),
        _ => Err(Error::OutOfMemory(format!(
            "there is no memory for {len} bytes of {name}"
        ))),
    }
}

fn unread(name: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => damaged(name, "it ends too early"),
        _ => Error::Io(format!("reading {name} failed: {error}")),
    }
}
