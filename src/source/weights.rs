//! A checkpoint's weights: safetensors, whole or in shards. Tensors are read one at a time, each just its own bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::Dtype;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use super::{files, hex};
use crate::control::{Call, Stage};
use crate::error::{Error, Result};

const BLOCK: usize = 1 << 20;
/// libtorch's operators take no more dimensions.
const MAX_DIMENSIONS: usize = 64;

/// Where a folder's weights are; nothing of them was read yet.
pub(super) struct Files {
    /// In the order of their names.
    pub paths: Vec<PathBuf>,
    /// For shards: the index, and which of `paths` holds each tensor.
    index: Option<(PathBuf, BTreeMap<String, usize>)>,
}

struct Shard {
    path: PathBuf,
    file: File,
    size: u64,
}

struct Entry {
    shard: usize,
    /// Where in the file its bytes begin.
    offset: u64,
    info: TensorInfo,
}

/// Named tensors in one or more safetensors files.
pub struct Weights {
    shards: Vec<Shard>,
    entries: BTreeMap<String, Entry>,
}

/// `model.safetensors`, or what `model.safetensors.index.json` lists; `None` if the folder has neither.
pub(super) fn files(folder: &Path) -> Result<Option<Files>> {
    let whole = folder.join("model.safetensors");
    if whole.is_file() {
        return Ok(Some(Files {
            paths: vec![whole],
            index: None,
        }));
    }
    let path = folder.join("model.safetensors.index.json");
    let Some(bytes) = files::read(&path)? else {
        return Ok(None);
    };
    let bad = |what: String| Error::BadModel(format!("{}: {what}", path.display()));
    let Index { weight_map } =
        serde_json::from_slice(&bytes).map_err(|e| bad(format!("it is no index of shards: {e}")))?;
    let mut names: Vec<&String> = weight_map.values().collect();
    names.sort();
    names.dedup();
    for name in &names {
        let plain = !name.is_empty() && *name != "." && *name != ".." && !name.contains(['/', '\\', '\0']);
        if !plain {
            return Err(bad(format!(
                "it names the shard {name:?}, which is not a plain file name"
            )));
        }
    }
    if names.is_empty() {
        return Err(bad("it lists no tensors".into()));
    }
    let paths = names.iter().map(|name| folder.join(name)).collect();
    let position = |shard: &String| names.binary_search(&shard).unwrap_or_default();
    let shards = weight_map
        .iter()
        .map(|(tensor, shard)| (tensor.clone(), position(shard)))
        .collect();
    Ok(Some(Files {
        paths,
        index: Some((path, shards)),
    }))
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    pub(super) fn open(files: &Files) -> Result<Self> {
        let mut weights = Weights {
            shards: Vec::new(),
            entries: BTreeMap::new(),
        };
        let mut headers = Vec::new();
        for path in &files.paths {
            let shard = Shard::open(path)?;
            headers.push(shard.header()?);
            weights.shards.push(shard);
        }
        if let Some((index, map)) = &files.index {
            for (name, &shard) in map {
                let info = headers.get(shard).and_then(|(_, header)| header.info(name));
                if info.is_none() {
                    return Err(Error::BadModel(format!(
                        "{} says that {} holds the tensor {name}, but it does not: the files do not belong together, download them again",
                        index.display(),
                        files.paths.get(shard).map(|p| p.display().to_string()).unwrap_or_default()
                    )));
                }
            }
        }
        for (shard, (start, header)) in headers.iter().enumerate() {
            for (name, info) in header.tensors() {
                // A tensor that stands in two shards is the index's, one that the index forgot still counts.
                let owner = files.index.as_ref().and_then(|(_, map)| map.get(&name)).copied();
                if owner.is_none_or(|owner| owner == shard) {
                    let offset = start + info.data_offsets.0 as u64;
                    weights.entries.insert(
                        name,
                        Entry {
                            shard,
                            offset,
                            info: info.clone(),
                        },
                    );
                }
            }
        }
        Ok(weights)
    }

    /// In alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many values all tensors have together.
    pub fn values(&self) -> u64 {
        self.entries
            .values()
            .map(|e| e.info.shape.iter().map(|n| *n as u64).product::<u64>())
            .sum()
    }

    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|e| e.info.shape.as_slice())
    }

    /// The type in which it is stored, as safetensors names it: `F32`, `BF16` …
    pub fn dtype(&self, name: &str) -> Option<String> {
        self.entries.get(name).map(|e| e.info.dtype.to_string())
    }

    /// The tensor in its stored type.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let entry = self.entries.get(name);
        let Some((entry, shard)) = entry.and_then(|e| Some((e, self.shards.get(e.shard)?))) else {
            return Err(Error::BadModel(format!("the checkpoint has no weight named {name}")));
        };
        let Entry { info, .. } = entry;
        let kind = kind_of(info.dtype).ok_or_else(|| {
            Error::Unsupported(format!(
                "the weight {name} in {} is stored as {}, which is not supported: convert it to F32, F16 or BF16",
                shard.path.display(),
                info.dtype
            ))
        })?;
        let shape: Vec<i64> = info.shape.iter().filter_map(|&n| i64::try_from(n).ok()).collect();
        if shape.len() != info.shape.len() || shape.len() > MAX_DIMENSIONS {
            return Err(shard.bad(format!("the weight {name} has an impossible shape")));
        }
        let len = info.data_offsets.1.saturating_sub(info.data_offsets.0);
        let mut bytes = files::reserve(len as u64, &shard.path)?;
        bytes.resize(len, 0);
        shard
            .file
            .read_exact_at(&mut bytes, entry.offset)
            .map_err(|e| Error::io("reading", &shard.path, &e))?;
        if kind == Kind::Bool && bytes.iter().any(|&b| b > 1) {
            return Err(shard.bad(format!(
                "the weight {name} is stored as BOOL, but has values other than 0 and 1"
            )));
        }
        Tensor::f_from_data_size(&bytes, &shape, kind)
            .map_err(|e| Error::OutOfMemory(format!("making a tensor of the weight {name} failed: {e}")))
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
                shard
                    .file
                    .read_exact_at(block, offset)
                    .map_err(|e| Error::io("hashing", &shard.path, &e))?;
                digest.update(&*block);
                offset += len as u64;
                call.advance(len as u64);
            }
        }
        Ok(hex(&digest.finalize()))
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|e| Error::io("opening the weights", path, &e))?;
        if !metadata.is_file() {
            return Err(Error::BadModel(format!("{} is not a regular file", path.display())));
        }
        let file = File::open(path).map_err(|e| Error::io("opening the weights", path, &e))?;
        Ok(Shard {
            path: path.to_path_buf(),
            file,
            size: metadata.len(),
        })
    }

    fn bad(&self, what: String) -> Error {
        Error::BadModel(format!(
            "{} is damaged: {what}; download or save it again",
            self.path.display()
        ))
    }

    /// Where the tensors' bytes begin, and the header, checked: they lie one behind the other and fill the file exactly.
    fn header(&self) -> Result<(u64, Metadata)> {
        let mut length = [0; 8];
        if self.size < 8 {
            return Err(self.bad(format!("it has {} bytes, less than any safetensors file", self.size)));
        }
        self.file
            .read_exact_at(&mut length, 0)
            .map_err(|e| Error::io("reading", &self.path, &e))?;
        let length = u64::from_le_bytes(length);
        if length > files::SMALL || length > self.size - 8 {
            return Err(self.bad(format!("its header claims {length} bytes of a file of {}", self.size)));
        }
        let mut bytes = files::reserve(length, &self.path)?;
        bytes.resize(length as usize, 0);
        self.file
            .read_exact_at(&mut bytes, 8)
            .map_err(|e| Error::io("reading", &self.path, &e))?;
        // Deserialising checks the order of the offsets and each size against its shape and type.
        let header: Metadata = serde_json::from_slice(&bytes)
            .map_err(|e| self.bad(format!("its safetensors header is not valid: {e}")))?;
        let start = 8 + length;
        let end = header
            .tensors()
            .values()
            .map(|info| info.data_offsets.1 as u64)
            .max()
            .unwrap_or(0);
        if start.checked_add(end) != Some(self.size) {
            return Err(self.bad(format!(
                "it has {} bytes, but its header describes {}",
                self.size,
                start.saturating_add(end)
            )));
        }
        Ok((start, header))
    }
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
