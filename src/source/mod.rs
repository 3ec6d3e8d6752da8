//! Where a model comes from: a checkpoint folder, a bundle file, or bytes; and the cache of converted bundles.

pub mod cache;
pub mod checkpoint;
mod files;
mod model_card;
mod modules;
pub mod weights;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
pub use checkpoint::Checkpoint;
pub use files::object as json_object;
pub use modules::ModuleEntry;
pub use weights::Weights;

/// What a source turned out to be.
pub enum Located {
    Checkpoint(Checkpoint),
    Bundle(PathBuf),
}

/// Finds what `spec` names: an existing path (`file:` forces one) is a checkpoint's folder or a bundle file.
pub fn locate(spec: &str) -> Result<Located> {
    if spec.is_empty() || spec == "file:" {
        return Err(Error::InvalidArgument(
            "the model source is empty: give the path of a checkpoint folder or of a bundle file".into(),
        ));
    }
    if spec.contains('\0') {
        return Err(Error::InvalidArgument(format!(
            "the model source {:?} contains a NUL character, which no path can: give the path of a checkpoint folder or of a bundle file",
            shown(spec)
        )));
    }
    if let Some(id) = spec.strip_prefix("hf:") {
        return Err(Error::Unsupported(format!(
            "Hugging Face ids ({}) are not supported by this version of glyxel: download the checkpoint and give its folder, or a bundle file",
            shown(id)
        )));
    }
    let path = spec.strip_prefix("file:").unwrap_or(spec);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Err(absent(spec, path)),
        Err(error) => return Err(Error::io("opening", Path::new(&*shown(path)), &error)),
    };
    let path = Path::new(path);
    if metadata.is_dir() {
        return Ok(Located::Checkpoint(Checkpoint::open(path)?));
    }
    if !metadata.is_file() {
        return Err(Error::InvalidArgument(format!(
            "{} is neither a folder nor a regular file: give the path of a checkpoint folder or of a bundle file",
            path.display()
        )));
    }
    if path.extension().is_some_and(|e| e == "safetensors") {
        return Err(Error::InvalidArgument(format!(
            "{} holds only weights: give the folder that it stands in beside its config.json",
            path.display()
        )));
    }
    Ok(Located::Bundle(path.to_path_buf()))
}

/// Nothing is there: no such entry, or a file stands where the path wants a folder.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

fn absent(spec: &str, path: &str) -> Error {
    let hub_id = spec == path && is_hub_id(spec);
    let path = shown(path);
    if hub_id {
        return Error::NotFound(format!(
            "there is nothing at the path {path}; if it is a Hugging Face id, this version of glyxel does not support those: download the checkpoint and give its folder, or a bundle file"
        ));
    }
    Error::NotFound(format!(
        "there is nothing at the path {path}: give the path of a checkpoint folder or of a bundle file"
    ))
}

/// What a caller gave, as messages show it: short, whatever it is. Real paths fit.
fn shown(given: &str) -> Cow<'_, str> {
    match given.char_indices().nth(512) {
        Some((end, _)) => format!("{} …", given.get(..end).unwrap_or_default()).into(),
        None => given.into(),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `org/name` or `org/name@revision`, as Hugging Face spells them.
fn is_hub_id(spec: &str) -> bool {
    let repo = spec.split_once('@').map_or(spec, |(repo, _)| repo);
    let named = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    repo.split_once('/')
        .is_some_and(|(org, name)| named(org) && named(name))
}

#[cfg(test)]
mod tests;
