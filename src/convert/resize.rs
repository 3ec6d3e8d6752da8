//! A bundle for pictures of another size: its weights and configs make a checkpoint again, which is traced anew.

use std::fs;
use std::io::{Read, Seek};
use std::path::{Component, Path};

use tch::Tensor;

use super::{convert_as, Wishes};
use crate::bundle::Archive;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::models::Stored;
use crate::source::checkpoint::transformer_folder;
use crate::source::Checkpoint;
use crate::torch;

/// Writes the same bundle for other pictures to `target`. Called on a compute thread.
pub fn resize<R: Read + Seek>(archive: &mut Archive<R>, wishes: Wishes, target: &Path, call: &Call) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| {
        Error::Io(format!(
            "making a temporary folder failed: {e}; set TMPDIR to one that can be written"
        ))
    })?;
    unpack_configs(archive, folder.path())?;
    let checkpoint = Checkpoint::of_configs(folder.path())?;
    call.check()?;
    let weights = torch::parameters(archive.reader()?)?;
    let stored = Stored {
        values: weights.iter().map(|(_, weight)| weight.numel() as u64).sum(),
        names: weights.iter().map(|(name, _)| name.clone()).collect(),
    };
    // Much to write, and only for a model that takes such pictures.
    let write = || {
        let transformer = checkpoint.transformer_path();
        write_weights(weights, &folder.path().join(transformer))?;
        checkpoint.weights(transformer)
    };
    let source = archive.manifest().source.clone();
    convert_as(&checkpoint, stored, write, wishes, Some(source), target, call)
}

/// The bundle's small files, as a checkpoint has them.
fn unpack_configs<R: Read + Seek>(archive: &mut Archive<R>, folder: &Path) -> Result<()> {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(|e| Error::io("writing", &path, &e))
    };
    let extras: Vec<String> = archive.extras().map(str::to_string).collect();
    for extra in &extras {
        let name = match extra.strip_prefix("configs/") {
            Some(config) if inside(config) => config,
            None if extra == "tokenizer.json" => extra,
            _ => continue,
        };
        write(name, archive.extra(extra)?.unwrap_or_default())?;
    }
    if !transformer_folder(folder)?.join("config.json").is_file() {
        return Err(Error::Unsupported(
            "the bundle was made for pictures of one size and cannot be made for another: it does not hold the config.json of its checkpoint; load the checkpoint with this image_size, and save that".into(),
        ));
    }
    Ok(())
}

/// The bundle's weights, under the definition's names, as a checkpoint's.
fn write_weights(weights: Vec<(String, Tensor)>, folder: &Path) -> Result<()> {
    let weights: Vec<(String, Tensor)> = weights
        .into_iter()
        .map(|(name, weight)| (name, weight.contiguous()))
        .collect();
    let path = folder.join("model.safetensors");
    Tensor::write_safetensors(&weights, &path).map_err(|e| {
        Error::Io(format!(
            "writing the bundle's weights to {} failed: {e}",
            path.display()
        ))
    })
}

/// Whether a name stays below the folder that it is put in.
fn inside(name: &str) -> bool {
    Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
}
