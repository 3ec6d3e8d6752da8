//! The format before PyTorch 1.6: pickles one behind the other (a magic number, the version of the format, facts about the
//! writing machine, the object, the keys of its storages), then each storage: its length in 64 bits, and its bytes.

use std::collections::HashMap;

use super::super::shard::Shard;
use super::super::{size_of, Stored};
use super::value::{Object, Value};
use super::{machine, placed, Fault, Parsed, Region, MAX_PICKLE};

const MAGIC: i128 = 0x1950a86a20f9469cfc6c;
const VERSION: i128 = 1001;

pub(super) fn tensors(shard: &Shard) -> Parsed<Vec<(String, Stored)>> {
    let bytes = shard.bytes(0, shard.size.min(MAX_PICKLE))?;
    let mut pickles = Pickles { bytes: &bytes, at: 0 };
    if !matches!(pickles.next().as_ref().map(Object::root), Ok(Value::Int(MAGIC))) {
        return Err(Fault::Damaged("it does not begin as torch.save begins a file".into()));
    }
    if !matches!(pickles.next()?.root(), Value::Int(VERSION)) {
        return Err(Fault::Refused("it is of another version of PyTorch's format".into()));
    }
    if !matches!(pickles.next()?.entry("little_endian"), Some(Value::Bool(true))) {
        return Err(Fault::Refused("its numbers are big-endian".into()));
    }
    let object = pickles.next()?;
    let keys = pickles.next()?;
    let regions = regions(shard, &object, &keys, pickles.at as u64)?;
    placed(&object, &regions)
}

struct Pickles<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pickles<'a> {
    fn next(&mut self) -> Parsed<Object<'a>> {
        let (object, len) = machine::load(self.bytes.get(self.at..).unwrap_or_default())?;
        self.at += len;
        Ok(object)
    }
}

/// Where the object's storages are: they lie in the order of the keys from `at` on.
fn regions(shard: &Shard, object: &Object, keys: &Object, mut at: u64) -> Parsed<Vec<Region>> {
    let bad = |what: &str| Fault::Damaged(what.into());
    let Value::List(keys_in_order) = keys.root() else {
        return Err(bad("it has no list of its storages"));
    };
    let mut offsets: HashMap<&str, Option<u64>> = object.storages.iter().map(|s| (s.key, None)).collect();
    let by_key: HashMap<&str, _> = object.storages.iter().map(|s| (s.key, s)).collect();
    for &key in keys_in_order {
        let Value::Text(key) = keys.get(key) else {
            return Err(bad("a key of a storage is no text"));
        };
        let (Some(storage), Some(None)) = (by_key.get(key), offsets.get(key)) else {
            return Err(bad("it lists a storage that no tensor has, or one twice"));
        };
        let start = at.checked_add(8).filter(|&start| start <= shard.size);
        let start = start.ok_or_else(|| bad("it ends before its last storage"))?;
        let len = shard.bytes(at, 8)?.try_into().map(u64::from_le_bytes);
        if len != Ok(storage.len) {
            return Err(bad("the length of a storage is not what its pickle says"));
        }
        let end = storage
            .len
            .checked_mul(size_of(storage.dtype) as u64)
            .and_then(|len| start.checked_add(len))
            .filter(|&end| end <= shard.size);
        offsets.insert(key, Some(start));
        at = end.ok_or_else(|| bad("it ends before its last storage"))?;
    }
    let region = |storage: &super::Storage| {
        let offset = offsets.get(storage.key).copied().flatten();
        offset.map(|offset| Region { offset, checksum: None })
    };
    let regions: Option<Vec<_>> = object.storages.iter().map(region).collect();
    regions.ok_or_else(|| bad("it does not list all its storages"))
}
