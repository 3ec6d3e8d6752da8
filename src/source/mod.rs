//! Where a model comes from: a Hugging Face id, a checkpoint folder, a bundle file, or bytes; and the cache of converted bundles.

pub mod cache;
pub mod checkpoint;
mod files;
pub mod hub;
mod model_card;
mod modules;
pub mod weights;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::control::Call;
use crate::error::{Error, Result};
use crate::options::Options;
pub use checkpoint::{Checkpoint, Origin};
pub use files::object as json_object;
pub use modules::ModuleEntry;
pub use weights::Weights;

/// What a source turned out to be.
pub enum Located {
    Checkpoint(Checkpoint),
    Bundle(PathBuf),
}

/// Finds what `spec` names: an existing path (`file:` forces one) is a checkpoint's folder or a bundle file, anything else
/// that looks like it (`hf:` forces it) the id of a repository on the Hugging Face hub, which is then downloaded.
pub fn locate(spec: &str, options: &Options, call: &Call) -> Result<Located> {
    if matches!(spec, "" | "file:" | "hf:") {
        return Err(Error::InvalidArgument(
            "the model source is empty: give a Hugging Face id, or the path of a checkpoint folder or of a bundle file"
                .into(),
        ));
    }
    if spec.contains('\0') {
        return Err(Error::InvalidArgument(format!(
            "the model source {:?} contains a NUL character, which neither a path nor an id can: give a Hugging Face id, or the path of a checkpoint folder or of a bundle file",
            shown(spec)
        )));
    }
    if let Some(id) = spec.strip_prefix("hf:") {
        return from_hub(id, options, call);
    }
    let path = spec.strip_prefix("file:").unwrap_or(spec);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) && spec == path && could_be_id(spec) => {
            return from_hub(spec, options, call).map_err(|e| match e {
                Error::NotFound(why) => {
                    Error::NotFound(format!("there is nothing at the path {}, and {why}", shown(spec)))
                }
                other => other,
            });
        }
        Err(error) if is_absent(&error) => {
            return Err(Error::NotFound(format!(
                "there is nothing at the path {}: give a Hugging Face id, or the path of a checkpoint folder or of a bundle file",
                shown(path)
            )));
        }
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
    if is_weights(path) {
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

/// Whether a file's name says that it is a checkpoint's weights, or a shard of them: a bundle may have any other.
fn is_weights(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".safetensors") || (name.starts_with("pytorch_model") && name.ends_with(".bin"))
}

/// Whether what is not there as a path may be meant as an id: a file's name is not.
fn could_be_id(spec: &str) -> bool {
    let repo = spec.split_once('@').map_or(spec, |(repo, _)| repo);
    hub::is_repo(repo)
        && ![".pt", ".pth", ".bin", ".safetensors", ".onnx", ".gguf"]
            .iter()
            .any(|suffix| repo.ends_with(suffix))
}

fn from_hub(id: &str, options: &Options, call: &Call) -> Result<Located> {
    let id = hub::Id::parse(id, options.revision.as_deref())?;
    let settings = hub::Settings::new(options, &|name| std::env::var_os(name))?;
    let snapshot = hub::fetch(&id, &settings, call)?;
    let origin = Origin {
        repo: id.repo,
        commit: snapshot.commit,
    };
    Ok(Located::Checkpoint(
        Checkpoint::open(&snapshot.folder)?.from_hub(origin),
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

#[cfg(test)]
mod tests;
