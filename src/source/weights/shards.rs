//! Which files hold a folder's weights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::source::files;

/// Where a folder's weights are; nothing of them was read yet.
pub(in crate::source) struct Files {
    /// In the order of their names.
    pub paths: Vec<PathBuf>,
    pub(super) format: Format,
    /// For shards: the index, and which of `paths` holds each tensor.
    pub(super) index: Option<(PathBuf, BTreeMap<String, usize>)>,
}

#[derive(Clone, Copy)]
pub(super) enum Format {
    Safetensors,
    Pickle,
}

/// The weights that `transformers` would take, too; `None` if the folder has none in a format read here.
pub(in crate::source) fn files(folder: &Path) -> Result<Option<Files>> {
    for (name, format) in [
        ("model.safetensors", Format::Safetensors),
        ("pytorch_model.bin", Format::Pickle),
    ] {
        let whole = folder.join(name);
        if whole.is_file() {
            return Ok(Some(Files {
                paths: vec![whole],
                format,
                index: None,
            }));
        }
        let path = folder.join(format!("{name}.index.json"));
        if let Some(bytes) = files::read(&path)? {
            return sharded(folder, path, &bytes, format).map(Some);
        }
    }
    Ok(None)
}

fn sharded(folder: &Path, path: PathBuf, index: &[u8], format: Format) -> Result<Files> {
    let weight_map = self::index(index, &path)?;
    let mut names: Vec<&String> = weight_map.values().collect();
    names.sort();
    names.dedup();
    let paths = names.iter().map(|name| folder.join(name)).collect();
    let position = |shard: &String| names.binary_search(&shard).unwrap_or_default();
    let shards = weight_map
        .iter()
        .map(|(tensor, shard)| (tensor.clone(), position(shard)))
        .collect();
    Ok(Files {
        paths,
        format,
        index: Some((path, shards)),
    })
}

/// What an index of shards says: the file of each tensor, in the index's own folder.
pub(in crate::source) fn index(bytes: &[u8], path: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let bad = |what: String| Error::BadModel(format!("{}: {what}", path.display()));
    let Index { weight_map } =
        serde_json::from_slice(bytes).map_err(|e| bad(format!("it is no index of shards: {e}")))?;
    if weight_map.is_empty() {
        return Err(bad("it lists no tensors".into()));
    }
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0']);
    match weight_map.values().find(|name| !plain(name)) {
        Some(name) => Err(bad(format!(
            "it names the shard {name:?}, which is not a plain file name"
        ))),
        None => Ok(weight_map),
    }
}
