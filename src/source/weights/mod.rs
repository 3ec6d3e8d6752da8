//! A checkpoint's weights: safetensors or PyTorch pickles, whole or in shards. Tensors are read one at a time, each just
//! its own bytes.

pub(super) mod others;
mod pickle;
mod safetensors;
mod shard;
mod shards;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::safetensors::Dtype;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use super::hex;
use crate::control::{Call, Stage};
use crate::error::{Error, Result};
use shard::{Checksum, Shard, BLOCK};
use shards::Format;
pub(super) use shards::{files, index, Files};

/// libtorch's operators take no more dimensions.
const MAX_DIMENSIONS: usize = 64;

/// What a file says of a tensor; that its bytes lie in the file was checked.
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    /// How many values lie between two neighbours in each dimension; `None`: the last dimension's are neighbours in the
    /// file, and so on.
    strides: Option<Vec<usize>>,
    /// Where in the file its first value is, and how many bytes there are to behind its last.
    offset: u64,
    len: u64,
    /// Of the bytes that it lies in, where the format has one.
    checksum: Option<Arc<Checksum>>,
}

/// Named tensors in one or more files.
pub struct Weights {
    shards: Vec<Shard>,
    /// By name: which shard has it, and how.
    tensors: BTreeMap<String, (usize, Stored)>,
}

impl Weights {
    pub(super) fn open(files: &Files) -> Result<Self> {
        let mut weights = Weights {
            shards: Vec::new(),
            tensors: BTreeMap::new(),
        };
        let owner = |name: &str| files.index.as_ref().and_then(|(_, map)| map.get(name)).copied();
        for (number, path) in files.paths.iter().enumerate() {
            let shard = Shard::open(path)?;
            let tensors = match files.format {
                Format::Safetensors => safetensors::tensors(&shard)?,
                Format::Pickle => pickle::tensors(&shard)?,
            };
            weights.shards.push(shard);
            for (name, stored) in tensors {
                // A tensor that stands in two shards is the index's, one that the index forgot still counts.
                if owner(&name).is_none_or(|owner| owner == number) {
                    weights.tensors.insert(name, (number, stored));
                }
            }
        }
        if let Some((index, map)) = &files.index {
            if let Some((name, &shard)) = map.iter().find(|(name, _)| !weights.tensors.contains_key(*name)) {
                return Err(Error::BadModel(format!(
                    "{} says that {} holds the tensor {name}, but it does not: the files do not belong together, download them again",
                    index.display(),
                    files.paths.get(shard).map(|p| p.display().to_string()).unwrap_or_default()
                )));
            }
        }
        Ok(weights)
    }

    /// In alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// How many values all tensors have together. Tensors that share bytes count each, but never so often that a small
    /// file passes for a large model.
    pub fn values(&self) -> u64 {
        let values = |stored: &Stored| stored.shape.iter().fold(1, |n: u64, &d| n.saturating_mul(d as u64));
        let sum = self
            .tensors
            .values()
            .fold(0, |sum: u64, (_, stored)| sum.saturating_add(values(stored)));
        sum.min(self.shards.iter().map(|shard| shard.size).sum())
    }

    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|(_, stored)| stored.shape.as_slice())
    }

    /// The type in which it is stored, as safetensors names it: `F32`, `BF16` …
    pub fn dtype(&self, name: &str) -> Option<String> {
        self.tensors.get(name).map(|(_, stored)| stored.dtype.to_string())
    }

    /// The tensor in its stored type.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let found = self.tensors.get(name);
        let Some((shard, stored)) = found.and_then(|(shard, stored)| Some((self.shards.get(*shard)?, stored))) else {
            return Err(Error::BadModel(format!("the checkpoint has no weight named {name}")));
        };
        let kind = kind_of(stored.dtype).ok_or_else(|| {
            Error::Unsupported(format!(
                "the weight {name} in {} is stored as {}, which is not supported: convert it to F32, F16 or BF16",
                shard.path.display(),
                stored.dtype
            ))
        })?;
        let impossible = || shard.bad(format!("the weight {name} has an impossible shape"));
        let shape = signed(&stored.shape).ok_or_else(impossible)?;
        if let Some(checksum) = &stored.checksum {
            shard.check(checksum)?;
        }
        let bytes = shard.bytes(stored.offset, stored.len)?;
        if kind == Kind::Bool && bytes.iter().any(|&b| b > 1) {
            return Err(shard.bad(format!(
                "the weight {name} is stored as BOOL, but has values other than 0 and 1"
            )));
        }
        let tensor = match &stored.strides {
            None => Tensor::f_from_data_size(&bytes, &shape, kind),
            Some(strides) => {
                let strides = signed(strides).ok_or_else(impossible)?;
                let span = (bytes.len() / size_of(stored.dtype)) as i64;
                Tensor::f_from_data_size(&bytes, &[span], kind)
                    .and_then(|values| values.f_as_strided(&shape[..], &strides[..], 0))
                    .and_then(|view| view.f_contiguous())
            }
        };
        tensor.map_err(|e| Error::OutOfMemory(format!("making a tensor of the weight {name} failed: {e}")))
    }

    /// The hash of the file or, for shards, of all of them one after the other in the order of their names.
    pub fn sha256(&self, call: &Call) -> Result<String> {
        call.stage(Stage::Hashing, self.shards.iter().map(|s| s.size).sum());
        let mut block = vec![0; BLOCK];
        let mut digest = Sha256::new();
        for shard in &self.shards {
            let mut offset = 0;
            while offset < shard.size {
                call.check()?;
                let len = (shard.size - offset).min(BLOCK as u64) as usize;
                let block = block.get_mut(..len).unwrap_or_default();
                shard.read(block, offset)?;
                digest.update(&*block);
                offset += len as u64;
                call.advance(len as u64);
            }
        }
        Ok(hex(&digest.finalize()))
    }
}

/// Sizes as libtorch takes them.
fn signed(sizes: &[usize]) -> Option<Vec<i64>> {
    if sizes.len() > MAX_DIMENSIONS {
        return None;
    }
    sizes.iter().map(|&n| i64::try_from(n).ok()).collect()
}

fn size_of(dtype: Dtype) -> usize {
    (dtype.bitsize() / 8).max(1)
}

fn kind_of(dtype: Dtype) -> Option<Kind> {
    Some(match dtype {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F64 => Kind::Double,
        Dtype::I64 => Kind::Int64,
        Dtype::I32 => Kind::Int,
        Dtype::I16 => Kind::Int16,
        Dtype::I8 => Kind::Int8,
        Dtype::U8 => Kind::Uint8,
        Dtype::BOOL => Kind::Bool,
        _ => return None,
    })
}
