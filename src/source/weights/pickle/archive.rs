//! The format since PyTorch 1.6: a zip archive with the pickle as NAME/data.pkl and each storage as NAME/data/KEY, stored as
//! they are. This reads just what such archives consist of (APPNOTE.TXT of PKWARE, sections 4.3 and 4.5.3); compressed,
//! encrypted and split ones are none.

use std::collections::BTreeMap;

use super::super::shard::Shard;
use super::super::{size_of, Stored};
use super::{checksum, machine, placed, Fault, Parsed, Region, MAX_PICKLE};

const END: u64 = 22;
const LOCATOR: u64 = 20;
const END64: u64 = 56;
const LOCAL: u64 = 30;
const MAX_COMMENT: u64 = u16::MAX as u64;
/// A hundred times the directory of a model with a thousand tensors.
const MAX_DIRECTORY: u64 = 16 << 20;
const ENCRYPTED: u16 = 1;

struct Entry {
    /// Where its local header is.
    header: u64,
    len: u64,
    crc: u32,
    /// Its bytes stand in the file as they are: neither compressed nor encrypted.
    plain: bool,
}

struct Archive<'a> {
    shard: &'a Shard,
    /// Where the directory begins, so the entries end.
    end: u64,
    /// By the name without that of the archive.
    entries: BTreeMap<String, Entry>,
    /// PyTorch can be told to leave out the checksums; then all are 0.
    has_checksums: bool,
}

pub(super) fn tensors(shard: &Shard) -> Parsed<Vec<(String, Stored)>> {
    let archive = Archive::open(shard)?;
    if archive.entries.contains_key("constants.pkl") {
        return Err(Fault::Refused(
            "it is a TorchScript archive, a program, not a checkpoint's weights".into(),
        ));
    }
    if archive.entries.contains_key("byteorder") && archive.small("byteorder")? != b"little" {
        return Err(Fault::Refused("its numbers are big-endian".into()));
    }
    let pickle = archive.small("data.pkl")?;
    let (object, _) = machine::load(&pickle)?;
    let mut regions = Vec::new();
    for storage in &object.storages {
        let (offset, entry) = archive.find(&format!("data/{}", storage.key))?;
        if storage.len.checked_mul(size_of(storage.dtype) as u64) != Some(entry.len) {
            return Err(Fault::Damaged(format!(
                "the storage {} has {} bytes, which is not what its pickle says",
                super::value::shown(storage.key),
                entry.len
            )));
        }
        let checksum = archive.has_checksums.then(|| checksum(offset, entry.len, entry.crc));
        regions.push(Region { offset, checksum });
    }
    placed(&object, &regions)
}

impl<'a> Archive<'a> {
    fn open(shard: &'a Shard) -> Parsed<Self> {
        let bad = |what: &str| Fault::Damaged(what.into());
        let (start, len) = directory(shard)?;
        if len > MAX_DIRECTORY {
            return Err(bad("its directory is impossibly large"));
        }
        let bytes = shard.bytes(start, len)?;
        let mut fields = Fields(&bytes);
        let mut archive = Archive {
            shard,
            end: start,
            entries: BTreeMap::new(),
            has_checksums: false,
        };
        while !fields.0.is_empty() {
            let (name, entry) = fields.entry().ok_or_else(|| bad("its directory is not valid"))?;
            archive.has_checksums |= entry.crc != 0;
            // All names begin with the archive's own.
            let name = name.split_once('/').map_or(name, |(_, name)| name);
            if archive.entries.insert(name.to_string(), entry).is_some() {
                return Err(bad("its directory lists two entries of one name"));
            }
        }
        Ok(archive)
    }

    /// Where an entry's bytes begin; they lie in the file.
    fn find(&self, name: &str) -> Parsed<(u64, &Entry)> {
        let damaged = |what: &str| Fault::Damaged(format!("its entry {} {what}", super::value::shown(name)));
        let entry = self.entries.get(name).ok_or_else(|| damaged("is missing"))?;
        if !entry.plain {
            return Err(Fault::Refused(
                "its entries are compressed or encrypted, which torch.save never does".into(),
            ));
        }
        let outside = || damaged("lies outside the file");
        let after = entry.header.checked_add(LOCAL).filter(|&end| end <= self.end);
        let after = after.ok_or_else(outside)?;
        let header = self.shard.bytes(entry.header, LOCAL)?;
        let mut fields = Fields(&header);
        let (signature, _) = (fields.take(4), fields.take(22));
        let (name_len, extra_len) = fields.u16().zip(fields.u16()).ok_or_else(outside)?;
        if signature != Some(b"PK\x03\x04") {
            return Err(damaged("has no header"));
        }
        // None of these can overflow: each sum is below the file's length plus 2^18, or checked.
        let offset = after + u64::from(name_len) + u64::from(extra_len);
        let end = offset.checked_add(entry.len).filter(|&end| end <= self.end);
        end.ok_or_else(outside)?;
        Ok((offset, entry))
    }

    /// The bytes of an entry that is not a storage.
    fn small(&self, name: &str) -> Parsed<Vec<u8>> {
        let (offset, entry) = self.find(name)?;
        if entry.len > MAX_PICKLE {
            return Err(Fault::Refused(format!(
                "its entry {name} has more than the {} MiB allowed",
                MAX_PICKLE >> 20
            )));
        }
        let bytes = self.shard.bytes(offset, entry.len)?;
        if self.has_checksums && crc32fast::hash(&bytes) != entry.crc {
            return Err(Fault::Damaged(format!("the checksum of its entry {name} is wrong")));
        }
        Ok(bytes)
    }
}

/// Where the directory is and how long, as the records at the file's end say.
fn directory(shard: &Shard) -> Parsed<(u64, u64)> {
    let cut = || Fault::Damaged("the end of the zip archive is missing".into());
    let wrong = || Fault::Damaged("the records at the end of the zip archive contradict each other".into());
    let tail_len = shard.size.min(END64 + LOCATOR + END + MAX_COMMENT);
    let tail = shard.bytes(shard.size - tail_len, tail_len)?;
    let at = tail
        .windows(END as usize)
        .rposition(|window| window.starts_with(b"PK\x05\x06"))
        .ok_or_else(cut)?;
    let (before, record) = tail.split_at(at);
    let (mut start, mut len) = Fields(record).end().ok_or_else(wrong)?;
    let mut end = shard.size - record.len() as u64;
    let before64 = before.len().checked_sub((LOCATOR + END64) as usize);
    let records64 = before64.and_then(|at| before.get(at..)).unwrap_or_default();
    if let Some(located) = Fields(records64).end64() {
        (start, len) = located;
        end -= LOCATOR + END64;
    }
    if start.checked_add(len) != Some(end) {
        return Err(wrong());
    }
    Ok((start, len))
}

/// Little-endian numbers out of a record; `None` where it ends too early or is another.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    /// The record at the end: where the directory is, and its length.
    fn end(&mut self) -> Option<(u64, u64)> {
        let (_signature, disks, _counts) = (self.u32()?, self.u32()?, self.u32()?);
        let (len, start) = (self.u32()?, self.u32()?);
        let comment = self.u16()?;
        (disks == 0 && self.0.len() == usize::from(comment)).then_some((start.into(), len.into()))
    }

    /// The same of the two records that a large archive has before that.
    fn end64(&mut self) -> Option<(u64, u64)> {
        let is_record = self.take(4)? == b"PK\x06\x06";
        let _size_and_versions = self.take(12)?;
        let (disks, _counts) = (self.u64()?, self.take(16)?);
        let (len, start) = (self.u64()?, self.u64()?);
        let is_locator = self.take(4)? == b"PK\x06\x07";
        (is_record && is_locator && disks == 0).then_some((start, len))
    }

    /// One entry of the directory.
    fn entry(&mut self) -> Option<(&'a str, Entry)> {
        let (signature, _versions) = (self.take(4)?, self.u32()?);
        let (flags, method, _time) = (self.u16()?, self.u16()?, self.u32()?);
        let (crc, stored, len) = (self.u32()?, self.u32()?, self.u32()?);
        let (name, extra, comment) = (self.u16()?, self.u16()?, self.u16()?);
        let (_attributes, header) = (self.take(8)?, self.u32()?);
        let name = std::str::from_utf8(self.take(name.into())?).ok()?;
        let mut extra = Fields(self.take(extra.into())?);
        self.take(comment.into())?;
        if signature != b"PK\x01\x02" {
            return None;
        }
        // Numbers that need 64 bits stand in an extra field, in this order.
        let mut wide = extra.wide();
        let mut number = |narrow: u32| match narrow {
            u32::MAX => wide.u64(),
            _ => Some(narrow.into()),
        };
        let (len, stored, header) = (number(len)?, number(stored)?, number(header)?);
        let plain = method == 0 && flags & ENCRYPTED == 0 && stored == len;
        let entry = Entry {
            header,
            len,
            crc,
            plain,
        };
        Some((name, entry))
    }

    /// The extra field for numbers of 64 bits; empty if there is none.
    fn wide(&mut self) -> Fields<'a> {
        while let (Some(id), Some(len)) = (self.u16(), self.u16()) {
            let field = self.take(len.into()).unwrap_or_default();
            if id == 1 {
                return Fields(field);
            }
        }
        Fields(&[])
    }
}
