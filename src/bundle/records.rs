//! The records of a zip archive, parsed from bytes: the end, the central directory, local headers, data descriptors.
//! Everything is checked against everything else that says the same; nothing here reads a file.

use std::collections::HashSet;

/// Bytes of a file that are read at once.
pub(super) const BLOCK: usize = 1 << 20;
/// The end of central directory record without its comment.
pub(super) const END: usize = 22;
pub(super) const END_SIGNATURE: &[u8] = b"PK\x05\x06";
/// The zip64 end record and its locator, which stand before it.
pub(super) const END64: usize = 56;
pub(super) const LOCATOR: usize = 20;
/// A local header without the name and the extra field.
pub(super) const LOCAL: u64 = 30;
/// Sizes after the data, UTF-8 names, the deflater's level; encryption and all else is refused.
const FLAGS: u16 = SIZES_AFTER | 1 << 11 | 3 << 1;
const SIZES_AFTER: u16 = 1 << 3;

/// What the central directory says of an entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    flags: u16,
    pub deflated: bool,
    pub crc: u32,
    pub size: u64,
    /// Its size in the archive.
    pub stored: u64,
    /// Where its local header begins.
    pub header: u64,
    /// Where its bytes begin: known once the local headers were read.
    pub data: u64,
}

impl Entry {
    /// Whether a record behind the data, not the local header, has checksum and sizes.
    pub fn has_descriptor(&self) -> bool {
        self.flags & SIZES_AFTER != 0
    }
}

/// The length of the extra field, if the local header agrees with the directory.
pub(super) fn local_header(bytes: &[u8], entry: &Entry) -> Option<u64> {
    let mut fields = Fields(bytes);
    let signature = fields.take(4)?;
    let _version = fields.u16()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, stored, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra) = (fields.u16()?, fields.u16()?);
    let agrees = |local: u32, directory: u64| local == u32::MAX || u64::from(local) == directory;
    let same = crc == entry.crc && agrees(stored, entry.stored) && agrees(size, entry.size);
    // With the sizes behind the data, zeros may stand here; 64-bit sizes leave all bits set.
    let later = entry.has_descriptor() && crc == 0 && matches!((stored, size), (0 | u32::MAX, 0 | u32::MAX));
    let method_agrees = method == if entry.deflated { 8 } else { 0 };
    let agrees = signature == b"PK\x03\x04" && flags == entry.flags && method_agrees && (same || later);
    (agrees && usize::from(name) == entry.name.len()).then_some(u64::from(extra))
}

/// Whether the record behind an entry's data repeats its checksum and sizes, these in 32 bits or in 64.
pub(super) fn descriptor_agrees(bytes: &[u8], entry: &Entry) -> bool {
    let mut fields = Fields(bytes);
    let head = fields.take(4) == Some(b"PK\x07\x08") && fields.u32() == Some(entry.crc);
    let sizes = match fields.0.len() {
        8 => fields
            .u32()
            .zip(fields.u32())
            .map(|(stored, size)| (stored.into(), size.into())),
        16 => fields.u64().zip(fields.u64()),
        _ => None,
    };
    head && sizes == Some((entry.stored, entry.size))
}

/// Where the central directory is.
pub(super) struct Located {
    pub start: u64,
    pub size: u64,
    pub count: u64,
}

/// Where the directory is, by the records at the end; `None` if they contradict each other or the file.
pub(super) fn locate(before: &[u8], record: &[u8], end: u64) -> Option<Located> {
    let mut fields = Fields(record.get(4..)?);
    let disks = fields.u32()?;
    let (here, count) = (fields.u16()?, fields.u16()?);
    let (size, start) = (fields.u32()?, fields.u32()?);
    let comment = usize::from(fields.u16()?);
    if disks != 0 || here != count || fields.0.len() != comment {
        return None;
    }
    let mut located = Located {
        start: start.into(),
        size: size.into(),
        count: count.into(),
    };
    let mut directory_end = end;
    let locator = before.len().checked_sub(LOCATOR).and_then(|at| before.get(at..));
    if let Some(locator) = locator.and_then(|l| l.strip_prefix(b"PK\x06\x07")) {
        let mut fields = Fields(locator);
        let (disk, at, disks) = (fields.u32()?, fields.u64()?, fields.u32()?);
        directory_end = end.checked_sub((LOCATOR + END64) as u64)?;
        if disk != 0 || disks != 1 || at != directory_end {
            return None;
        }
        let wide = before.get(before.len().checked_sub(LOCATOR + END64)?..)?;
        let mut fields = Fields(wide.strip_prefix(b"PK\x06\x06")?);
        let (rest, _versions) = (fields.u64()?, fields.u32()?);
        let disks = fields.u64()?;
        let (here64, count64) = (fields.u64()?, fields.u64()?);
        let (size64, start64) = (fields.u64()?, fields.u64()?);
        let agrees = |narrow: u64, all_bits: u64, wide: u64| narrow == wide || narrow == all_bits;
        let same = agrees(count.into(), u16::MAX.into(), count64)
            && agrees(size.into(), u32::MAX.into(), size64)
            && agrees(start.into(), u32::MAX.into(), start64);
        if rest != (END64 - 12) as u64 || disks != 0 || here64 != count64 || !same {
            return None;
        }
        located = Located {
            start: start64,
            size: size64,
            count: count64,
        };
    }
    (located.start.checked_add(located.size)? == directory_end).then_some(located)
}

/// The central directory's entries, or what is wrong with them.
pub(super) fn entries(directory: &[u8], count: u64, end: u64) -> std::result::Result<Vec<Entry>, String> {
    let mut fields = Fields(directory);
    let mut entries: Vec<Entry> = Vec::new();
    while !fields.0.is_empty() {
        let entry =
            entry(&mut fields).ok_or_else(|| format!("entry {} of its directory is not valid", entries.len()))?;
        // What exactly lies where is checked when it is read.
        let fits = entry
            .header
            .checked_add(LOCAL)
            .and_then(|at| at.checked_add(entry.stored))
            .is_some_and(|at| at <= end);
        if !fits {
            return Err(format!("the entry {} lies outside the file", entry.name));
        }
        if !entry.deflated && entry.stored != entry.size {
            return Err(format!("the entry {} has two sizes", entry.name));
        }
        entries.push(entry);
    }
    if entries.len() as u64 != count {
        return Err(format!(
            "its directory has {} entries and should have {count}",
            entries.len()
        ));
    }
    let mut seen = HashSet::new();
    match entries.iter().find(|e| !seen.insert(e.name.as_str())) {
        Some(twice) => Err(format!("the entry {} is there twice", twice.name)),
        None => Ok(entries),
    }
}

fn entry(fields: &mut Fields) -> Option<Entry> {
    if fields.take(4)? != b"PK\x01\x02" {
        return None;
    }
    let _versions = fields.u32()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, stored, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let (disk, _attributes, _more) = (fields.u16()?, fields.u16()?, fields.u32()?);
    let header = fields.u32()?;
    let name = String::from_utf8(fields.take(name.into())?.to_vec()).ok()?;
    let mut wide = Fields(wide_sizes(fields.take(extra.into())?)?);
    fields.take(comment.into())?;
    let mut widened = |narrow: u32| {
        if narrow == u32::MAX {
            wide.u64()
        } else {
            Some(narrow.into())
        }
    };
    let (size, stored, header) = (widened(size)?, widened(stored)?, widened(header)?);
    let valid = flags & !FLAGS == 0 && matches!(method, 0 | 8) && disk == 0 && !name.is_empty() && !name.contains('\0');
    valid.then_some(Entry {
        name,
        flags,
        deflated: method == 8,
        crc,
        size,
        stored,
        header,
        data: 0,
    })
}

/// The zip64 part of an extra field: those of size, stored size and offset that 32 bits cannot hold; empty if there is none.
fn wide_sizes(extra: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        let (kind, len) = (fields.u16()?, fields.u16()?);
        let part = fields.take(len.into())?;
        if kind == 1 {
            return Some(part);
        }
    }
    Some(&[])
}

/// Little-endian fields, taken from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(front)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
