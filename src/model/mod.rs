//! A loaded model: immutable, shared by any number of threads. It knows which tasks it is for, and none of how they are done.

mod hidden_states;
mod image;
mod kept;
mod load;
mod on_device;
mod rows;
mod target;
mod task;
mod text;
mod text_batcher;

pub use image::{ImageBatcher, ImageEncoder, Preparation};
pub use task::Task;
pub use text::{TextEncoder, TextHead};
pub use text_batcher::{TextBatcher, TextItem};

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use kept::Bundle;

use serde_json::Value as Json;

use crate::bundle::{self, Manifest};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::torch::{Device, Precision};

/// A model on its device. Dropping it frees its weights once no call uses it any more.
pub struct Model {
    manifest: Manifest,
    info: String,
    text: Option<TextEncoder>,
    image: Option<ImageEncoder>,
    /// The manifest as it stands in the bundle.
    original: Manifest,
    bundle: Arc<Bundle>,
}

impl Model {
    /// What the model is and how it runs, as JSON: the bundle's manifest, `device`, `precision`, `dim`, `tasks`, and `operators`: for each
    /// method how many of each its graph holds, our kernels (`glyxel::`), oneDNN's (`mkldnn::`) and libtorch's (`aten::`).
    pub fn info(&self) -> &str {
        &self.info
    }

    /// The bundle's manifest, with the limits that this model was loaded with.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Values in one embedding; 0 if the model embeds nothing.
    pub fn dim(&self) -> usize {
        dim(&self.manifest)
    }

    /// An error, if the model cannot do that.
    pub fn offers(&self, task: Task) -> Result<()> {
        match task.is_for(&self.manifest) {
            true => Ok(()),
            false => Err(self.cannot(task.name(), task.kind())),
        }
    }

    /// The model's text encoder, or an error that says what the model can do.
    pub fn text(&self) -> Result<&TextEncoder> {
        let kind = Task::EmbedTexts.kind();
        self.text.as_ref().ok_or_else(|| self.cannot("read texts", kind))
    }

    /// The model's text encoder if it gives vectors of tokens, or an error that says what the model can do.
    pub fn tokens(&self) -> Result<&TextEncoder> {
        let task = Task::EmbedTokens;
        // Each encoder of texts has hidden states, but for those with pictures in the same space.
        let could = self.manifest.image.is_none() && Task::EmbedTexts.is_for(&self.manifest);
        match &self.text {
            Some(text) if task.is_for(&self.manifest) => Ok(text),
            Some(_) if could => Err(Error::Unsupported(format!(
                "this bundle ({}) holds no hidden states, by which tokens get vectors: an older glyxel made it, or it was exported from Python; convert it again from its checkpoint",
                self.manifest.architecture
            ))),
            _ => Err(self.cannot(task.name(), task.kind())),
        }
    }

    /// What classifies texts, or an error that says what the model can do.
    pub fn text_head(&self) -> Result<&TextHead> {
        let head = self.text.as_ref().and_then(TextEncoder::head);
        head.ok_or_else(|| self.cannot(Task::ClassifyTexts.name(), Task::ClassifyTexts.kind()))
    }

    /// The model's image encoder, or an error that says what the model can do.
    pub fn image(&self) -> Result<&ImageEncoder> {
        let kind = Task::EmbedImages.kind();
        self.image.as_ref().ok_or_else(|| self.cannot("look at pictures", kind))
    }

    /// Why something is refused: what this model does instead, and which kind of model to take.
    fn cannot(&self, what: &str, kind: &str) -> Error {
        let can: Vec<&str> = Task::of(&self.manifest).map(Task::name).collect();
        Error::Unsupported(format!(
            "this model ({}) cannot {what}; it can {}; take {kind}",
            self.manifest.architecture,
            match can.as_slice() {
                [] => "do nothing that this version knows".to_string(),
                can => can.join(", "),
            }
        ))
    }

    /// Writes the bundle as it was converted, whatever this model runs in. The file appears whole or not at all, and only if
    /// the bundle that this model was loaded from is still what it was.
    pub fn save(&self, path: &Path) -> Result<()> {
        let failed = |e: &std::io::Error| Error::io("saving the bundle to", path, e);
        // A link is followed: what it points to is replaced, not the link. Devices and pipes are not to be replaced at all.
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if resolved.file_name().is_none() || (resolved.exists() && !resolved.is_file()) {
            return Err(Error::InvalidArgument(format!(
                "{} is not a regular file, so the bundle cannot be saved to it; give the path of a file, new or to be replaced",
                path.display()
            )));
        }
        let folder = resolved
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(Error::NotFound(format!(
                "the bundle cannot be saved to {}: there is no folder {}",
                path.display(),
                folder.display()
            )));
        }
        let mut temporary = temporary_beside(folder)
            // Without the temporary file's name, which is nobody's concern.
            .map_err(|e| failed(&std::io::Error::from(e.kind())))?;
        self.copy_to(temporary.as_file_mut()).map_err(|e| failed(&e))?;
        temporary.as_file().sync_all().map_err(|e| failed(&e))?;
        if let Bundle::File(_) = *self.bundle {
            self.check_copy(temporary.path(), path)?;
        }
        temporary.persist(&resolved).map(drop).map_err(|e| failed(&e.error))
    }

    /// The open file may have been written over since it was read.
    fn check_copy(&self, copy: &Path, path: &Path) -> Result<()> {
        match bundle::open(copy, &Call::unwatched()) {
            Ok(archive) if *archive.manifest() == self.original => Ok(()),
            Err(e @ (Error::Io(_) | Error::OutOfMemory(_) | Error::Internal(_))) => Err(e),
            _ => Err(Error::BadModel(format!(
                "the bundle's file was changed since it was loaded, so nothing was saved to {}; load the model again and save that",
                path.display()
            ))),
        }
    }

    fn copy_to(&self, target: &mut File) -> std::io::Result<()> {
        match self.bundle.as_ref() {
            Bundle::Bytes(bytes) => target.write_all(bytes),
            Bundle::File(file) => {
                // Reading at offsets leaves the file's own position alone: several threads may save at once.
                use std::os::unix::fs::FileExt;
                let mut block = vec![0; 1 << 20];
                let mut offset = 0;
                loop {
                    match file.read_at(&mut block, offset)? {
                        0 => return Ok(()),
                        n => {
                            target.write_all(&block[..n])?;
                            offset += n as u64;
                        }
                    }
                }
            }
        }
    }
}

/// Values in one embedding: texts' and images' are of one size where there are both.
fn dim(manifest: &Manifest) -> usize {
    let text = manifest.text.as_ref().map(|text| text.dim);
    let image = manifest.image.as_ref().map(|image| image.dim);
    text.filter(|dim| *dim > 0).or(image).unwrap_or(0)
}

/// How many operators of each kind a method's graph holds, for each method.
type Operators = BTreeMap<String, BTreeMap<String, usize>>;

fn info(manifest: &Manifest, device: Device, precision: Precision, operators: &Operators) -> Result<String> {
    let mut info =
        serde_json::to_value(manifest).map_err(|e| Error::Internal(format!("the manifest has no JSON: {e}")))?;
    info["device"] = device.to_string().into();
    info["precision"] = precision.to_string().into();
    info["dim"] = dim(manifest).into();
    info["operators"] = operators
        .iter()
        .map(|(method, operators)| {
            (
                method.clone(),
                operators
                    .iter()
                    .map(|(name, n)| (name.clone(), Json::from(*n)))
                    .collect(),
            )
        })
        .collect::<serde_json::Map<String, Json>>()
        .into();
    info["tasks"] = Task::of(manifest).map(Task::name).collect::<Vec<_>>().into();
    Ok(info.to_string())
}

/// Removed when dropped, unless it was given its name. Readable by whom the user's umask lets.
fn temporary_beside(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new()
        .prefix(".glyxel-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}
