//! A checkpoint's folder, as `save_pretrained` of transformers or of sentence-transformers writes it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::modules::{self, ModuleEntry};
use super::weights::{self, others, Weights};
use super::{files, hex, is_absent, model_card};
use crate::error::{Error, Result};

/// A config above this is none of the files that configs are (vocabularies, lists of training data). One that names 21,841 classes has
/// 2 MB.
const CONFIG: u64 = 16 << 20;

/// The repository of a hub, and the commit, that a checkpoint was downloaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub repo: String,
    pub commit: String,
}

/// A folder with a config and weights, and for sentence-transformers also its modules.
pub struct Checkpoint {
    origin: Option<Origin>,
    root: PathBuf,
    modules: Option<Vec<ModuleEntry>>,
    /// The Transformer module's folder, relative to the root; empty for the root itself.
    transformer: String,
    config: Map<String, Value>,
}

impl Checkpoint {
    pub fn open(root: &Path) -> Result<Self> {
        let checkpoint = Self::of_configs(root)?;
        let folder = root.join(&checkpoint.transformer);
        match weights::files(&folder)? {
            Some(_) => Ok(checkpoint),
            None => Err(no_weights(&folder)),
        }
    }

    /// The same where no weights need be there yet.
    pub fn of_configs(root: &Path) -> Result<Self> {
        let metadata = fs::metadata(root).map_err(|e| Error::io("opening the checkpoint folder", root, &e))?;
        if !metadata.is_dir() {
            return Err(Error::InvalidArgument(format!(
                "{} is not a folder, but a checkpoint is one",
                root.display()
            )));
        }
        let (modules, transformer) = modules_of(root)?;
        let folder = root.join(&transformer);
        let path = folder.join("config.json");
        let Some(bytes) = files::read(&path)? else {
            return Err(Error::NotFound(format!(
                "{} is no checkpoint: it has no config.json{}; give a folder as save_pretrained writes it, with config.json and model.safetensors",
                folder.display(),
                found(&folder)
            )));
        };
        let config = files::object(&bytes, &path)?;
        Ok(Checkpoint {
            origin: None,
            root: root.to_path_buf(),
            modules,
            transformer,
            config,
        })
    }

    /// The same, known to come from a hub.
    pub fn from_hub(self, origin: Origin) -> Self {
        Checkpoint {
            origin: Some(origin),
            ..self
        }
    }

    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The Transformer module's folder, relative to the root: what `weights` takes; empty for a plain folder.
    pub fn transformer_path(&self) -> &str {
        &self.transformer
    }

    /// The transformer's `config.json`.
    pub fn config(&self) -> &Map<String, Value> {
        &self.config
    }

    /// The steps of a sentence-transformers model; `None` for a plain folder.
    pub fn modules(&self) -> Option<&[ModuleEntry]> {
        self.modules.as_deref()
    }

    /// A small file, relative to the root; `None` if there is none.
    pub fn read(&self, relative: &str) -> Result<Option<Vec<u8>>> {
        files::inside(relative, "the caller")?;
        files::read(&self.root.join(relative))
    }

    /// A small file of the transformer module's folder or, failing that, of the root.
    pub fn transformer(&self, relative: &str) -> Result<Option<Vec<u8>>> {
        files::inside(relative, "the caller")?;
        match files::read(&self.root.join(&self.transformer).join(relative))? {
            None => self.read(relative),
            found => Ok(found),
        }
    }

    /// The weights of the module in that folder (empty: the root).
    pub fn weights(&self, module_path: &str) -> Result<Weights> {
        files::inside(module_path, "the caller")?;
        let folder = self.root.join(module_path);
        match weights::files(&folder)? {
            Some(found) => Weights::open(&found),
            None => Err(no_weights(&folder)),
        }
    }

    /// Every small config of the root and of the modules' folders, by its path relative to the root: what a bundle carries.
    pub fn config_files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut configs = Vec::new();
        for relative in self.small_files()? {
            let name = relative.rsplit('/').next().unwrap_or_default();
            let other = matches!(name, "tokenizer.json" | "vocab.json") || name.ends_with(".index.json");
            let path = self.root.join(&relative);
            let small = || fs::metadata(&path).is_ok_and(|m| m.len() <= CONFIG);
            let config = name.ends_with(".json") || name == "artifact.metadata";
            if config && !other && small() {
                if let Some(bytes) = files::read(&path)? {
                    configs.push((relative, bytes));
                }
            }
        }
        Ok(configs)
    }

    /// Changes when a conversion of this checkpoint could: small files by content, weights, which take long to read, by file system.
    pub fn identity(&self) -> Result<String> {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}\n", self.origin));
        for relative in self.small_files()? {
            let content = files::read(&self.root.join(&relative))?.unwrap_or_default();
            digest.update(format!("{}:{relative}:", relative.len()));
            digest.update(Sha256::digest(&content));
        }
        for folder in self.folders() {
            for path in weights::files(&self.root.join(folder))?
                .map(|w| w.paths)
                .unwrap_or_default()
            {
                let canonical = fs::canonicalize(&path).map_err(|e| Error::io("opening", &path, &e))?;
                let m = fs::metadata(&canonical).map_err(|e| Error::io("opening", &canonical, &e))?;
                digest.update(canonical.as_os_str().as_encoded_bytes());
                let (modified, changed) = ((m.mtime(), m.mtime_nsec()), (m.ctime(), m.ctime_nsec()));
                digest.update(format!(
                    "\0{}:{}:{}:{modified:?}:{changed:?}\n",
                    m.dev(),
                    m.ino(),
                    m.size()
                ));
            }
        }
        Ok(hex(&digest.finalize()))
    }

    /// The licence that the model card (`README.md`) states in its header.
    pub fn licence(&self) -> Result<Option<String>> {
        let card = self.read("README.md")?.unwrap_or_default();
        Ok(model_card::licence_of(&String::from_utf8_lossy(&card)))
    }

    /// The root and the modules' folders, each once.
    fn folders(&self) -> BTreeSet<&str> {
        let modules = self.modules.iter().flatten().map(|m| m.path.as_str());
        std::iter::once("").chain(modules).collect()
    }

    /// The files of these folders that decide what a conversion gives, weights apart, sorted.
    fn small_files(&self) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for folder in self.folders() {
            for name in names(&self.root.join(folder))? {
                if [".json", ".txt", ".model", ".md", ".jinja", ".metadata"]
                    .iter()
                    .any(|suffix| name.ends_with(suffix))
                {
                    found.insert(if folder.is_empty() {
                        name
                    } else {
                        format!("{folder}/{name}")
                    });
                }
            }
        }
        Ok(found)
    }
}

/// Where the Transformer module's `config.json` and weights belong in a folder that has its other files.
pub fn transformer_folder(root: &Path) -> Result<PathBuf> {
    Ok(root.join(modules_of(root)?.1))
}

/// The steps of a sentence-transformers model, and the Transformer's folder, relative to the root.
fn modules_of(root: &Path) -> Result<(Option<Vec<ModuleEntry>>, String)> {
    let path = root.join("modules.json");
    let modules = files::read(&path)?
        .map(|bytes| modules::parse(&bytes, &path))
        .transpose()?;
    let transformer = modules
        .as_deref()
        .map_or(Ok(String::new()), |m| transformer_path(m, &path))?;
    Ok((modules, transformer))
}

fn transformer_path(modules: &[ModuleEntry], path: &Path) -> Result<String> {
    let kinds = || modules.iter().map(|m| m.kind.as_str()).collect::<Vec<_>>().join(", ");
    modules
        .iter()
        .find(|m| m.is_encoder())
        .map(|m| m.path.clone())
        .ok_or_else(|| {
            Error::Unsupported(format!(
                "{} lists no Transformer and no CLIPModel module, only {}: models without one are not supported",
                path.display(),
                kinds()
            ))
        })
}

/// The names of a folder's regular files; a module without files of its own (Normalize) may have no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |e: std::io::Error| Error::io("listing", folder, &e);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // Links are followed: a hub's cache consists of them.
        let is_file = fs::metadata(entry.path()).is_ok_and(|m| m.is_file());
        if let (true, Ok(name)) = (is_file, entry.file_name().into_string()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// What of weights in other formats a folder has, for a sentence about what it lacks.
fn found(folder: &Path) -> String {
    let names = names(folder).unwrap_or_default();
    match others::advice(&names) {
        Some((others, _)) => format!(" (it has {})", others.join(", ")),
        None => String::new(),
    }
}

fn no_weights(folder: &Path) -> Error {
    let mut names = names(folder).unwrap_or_default();
    // Exports stand in a folder of their own.
    names.extend(self::names(&folder.join("onnx")).unwrap_or_default());
    let what = match others::advice(&names) {
        Some((others, advice)) => format!(", only {}: {advice}", others.join(", ")),
        None => ": download or copy it again, whole".into(),
    };
    Error::NotFound(format!(
        "{} has neither model.safetensors nor pytorch_model.bin, nor an index of their shards{what}",
        folder.display()
    ))
}
