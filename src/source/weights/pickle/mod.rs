//! PyTorch's pickles (`torch.save`), both formats, read as data: a small machine follows the pickle's instructions and makes
//! numbers, texts, lists and tensors; nothing that a pickle asks Python to call is ever called.
//! The formats are those of torch/serialization.py and torch/_utils.py.

mod archive;
mod calls;
mod legacy;
mod machine;
mod value;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

use value::{Object, Storage, Value};

use super::shard::{Checksum, Shard};
use super::{size_of, Stored, MAX_DIMENSIONS};
use crate::error::{Error, Result};

/// A hundred times what the pickle of an encoder's weights needs: their bytes are not part of it.
const MAX_PICKLE: u64 = 16 << 20;

/// Why a pickle is not read.
enum Fault {
    /// It contradicts itself or ends too early.
    Damaged(String),
    /// It may be sound, but has something else than tensors in it.
    Refused(String),
    Reading(Error),
}

type Parsed<T> = std::result::Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Reading(error)
    }
}

/// Where the bytes of a storage are in the file; that they are in it was checked.
struct Region {
    offset: u64,
    checksum: Option<Arc<Checksum>>,
}

/// The tensors of the state dict that the file holds.
pub(super) fn tensors(shard: &Shard) -> Result<Vec<(String, Stored)>> {
    read(shard).map_err(|fault| match fault {
        Fault::Damaged(what) => shard.bad(what),
        Fault::Refused(what) => Error::Unsupported(format!(
            "{} is not read: {what}; only named tensors are taken out of a pickle, and nothing in it is run: if you trust the file, load the model in Python and write it with save_pretrained(folder)",
            shard.path.display()
        )),
        Fault::Reading(error) => error,
    })
}

fn read(shard: &Shard) -> Parsed<Vec<(String, Stored)>> {
    let start = shard.bytes(0, shard.size.min(512))?;
    if start.starts_with(b"PK") {
        archive::tensors(shard)
    } else if start.get(257..262) == Some(b"ustar") {
        Err(Fault::Refused(
            "it is a tar archive, as the first versions of PyTorch wrote".into(),
        ))
    } else {
        legacy::tensors(shard)
    }
}

/// The tensors by name, given where the storages are.
fn placed(object: &Object, regions: &[Region]) -> Parsed<Vec<(String, Stored)>> {
    let Value::Dict(items) = object.root() else {
        return Err(Fault::Refused(format!(
            "it holds {}, not a state dict",
            object.root().kind()
        )));
    };
    // As in Python, the last of several values for a name counts.
    let mut tensors = BTreeMap::new();
    for &(key, value) in items {
        let (key, value) = (object.get(key), object.get(value));
        let Value::Text(name) = key else {
            return Err(Fault::Refused(format!(
                "it has {} for the name of a tensor",
                key.kind()
            )));
        };
        let Value::Tensor(tensor) = value else {
            let nested = match value {
                Value::Dict(_) => " (to write that alone: torch.save(torch.load(path)[name], path))",
                _ => "",
            };
            return Err(Fault::Refused(format!(
                "its entry {} is {}, not a tensor{nested}",
                value::shown(name),
                value.kind()
            )));
        };
        let (storage, region) = object
            .storages
            .get(tensor.storage)
            .zip(regions.get(tensor.storage))
            .ok_or_else(|| Fault::Damaged("a tensor's storage is missing".into()))?;
        tensors.insert(*name, stored(tensor, storage, region));
    }
    Ok(tensors
        .into_iter()
        .map(|(name, stored)| (name.to_string(), stored))
        .collect())
}

fn stored(tensor: &value::Tensor, storage: &Storage, region: &Region) -> Stored {
    let size = size_of(storage.dtype) as u64;
    // Neither overflows: when it was made, the tensor was checked to lie in its storage, and so was that to lie in the file.
    Stored {
        dtype: storage.dtype,
        shape: tensor.shape.clone(),
        strides: tensor.strides.clone(),
        offset: region.offset + tensor.offset * size,
        len: tensor.span * size,
        checksum: region.checksum.clone(),
    }
}

/// A checksum over a whole region of the file.
fn checksum(offset: u64, len: u64, crc: u32) -> Arc<Checksum> {
    Arc::new(Checksum {
        offset,
        len,
        crc,
        holds: AtomicBool::new(false),
    })
}
