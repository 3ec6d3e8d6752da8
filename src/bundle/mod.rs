//! The bundle: one TorchScript archive that also carries its manifest (`glyxel.json`), its configs and its tokenizer.
//!
//! libtorch is built without its archives' checksum test, so every byte is checked here before libtorch sees the file.

mod late_interaction;
mod manifest;
mod methods;
mod records;
mod seal;
mod text_manifest;
mod zip;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

pub use late_interaction::{Expansion, LateInteractionManifest, Marked};
pub use manifest::{Activation, ClassesManifest, ImageManifest, Manifest, Method, Source, ZeroShotManifest, FORMAT};
pub use methods::{
    CLASSIFY_IMAGE, CLASSIFY_TEXT, CLASSIFY_TEXT_UNMASKED, EMBED_IMAGE, EMBED_TEXT, EMBED_TEXT_UNMASKED,
    EMBED_TEXT_UNNORMALIZED, EMBED_TOKENS, HIDDEN_STATES,
};
pub use seal::seal;
pub use text_manifest::TextManifest;

use sha2::{Digest, Sha256};

use crate::control::{Call, Stage};
use crate::error::{Error, Result};

/// The manifest's name among the extra files.
pub const MANIFEST: &str = "glyxel.json";
const MAX_MANIFEST: u64 = 16 << 20;
/// The largest tokenizers of today have some 35 MB.
const MAX_EXTRA: u64 = 256 << 20;

/// A bundle, all of whose bytes were checked.
#[derive(Debug)]
pub struct Archive<R> {
    reader: R,
    name: String,
    entries: Vec<records::Entry>,
    extra: String,
    manifest: Manifest,
}

/// Opens and checks a bundle file.
pub fn open(path: &Path, call: &Call) -> Result<Archive<File>> {
    let metadata = std::fs::metadata(path).map_err(|e| Error::io("opening", path, &e))?;
    if !metadata.is_file() {
        // A pipe would block.
        return Err(Error::InvalidArgument(format!(
            "{} is not a regular file, but a bundle is one",
            path.display()
        )));
    }
    let file = File::open(path).map_err(|e| Error::io("opening", path, &e))?;
    Archive::open(file, &path.display().to_string(), call)
}

impl<R: Read + Seek> Archive<R> {
    /// Checks all that `reader` gives; `name` is what messages call it.
    pub fn open(mut reader: R, name: &str, call: &Call) -> Result<Self> {
        let mut directory = zip::Directory::read(&mut reader, name)?;
        let root = match directory.entries.first().and_then(|e| e.name.split_once('/')) {
            Some((root, _)) => format!("{root}/"),
            None => return Err(no_bundle(name, "it is a zip archive, but not one of TorchScript")),
        };
        let inside = |prefix: &str| directory.entries.iter().any(|e| e.name.starts_with(prefix));
        let extra = format!("{root}extra/");
        let wanted = format!("{extra}{MANIFEST}");
        if !directory.entries.iter().any(|e| e.name == wanted) {
            return Err(no_bundle(
                name,
                &if inside(&format!("{root}code/")) {
                    format!("it is a TorchScript archive without the manifest {MANIFEST}")
                } else {
                    format!("it is a zip archive without the manifest {MANIFEST}")
                },
            ));
        }
        // libtorch takes the first entry's folder for the archive's; another one would be there for no good reason.
        if let Some(stray) = directory.entries.iter().find(|e| !e.name.starts_with(&root)) {
            return Err(zip::damaged(
                name,
                format!("its entry {} stands outside {root}", stray.name),
            ));
        }
        call.stage(Stage::Loading, directory.len);
        directory.check(&mut reader, name, call)?;
        let (sealed, entries) = (directory.sealed, directory.entries);
        let Some(entry) = entries.iter().find(|e| e.name == wanted) else {
            return Err(Error::Internal(format!("the manifest of {name} vanished")));
        };
        let manifest = Manifest::from_json(&zip::read(&mut reader, entry, name, MAX_MANIFEST)?, name)?;
        if manifest.sealed && !sealed {
            return Err(zip::damaged(
                name,
                format!("its seal is missing, so it was cut short or written anew; a program that rewrites a bundle sets \"sealed\" to false in {MANIFEST}"),
            ));
        }
        Ok(Archive {
            reader,
            name: name.to_owned(),
            entries,
            extra,
            manifest,
        })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The names of the extra files: `glyxel.json`, `tokenizer.json`, `configs/config.json` …
    pub fn extras(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|e| e.name.strip_prefix(&self.extra))
    }

    /// An extra file's bytes; `None` if there is none of that name.
    pub fn extra(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let entry = self
            .entries
            .iter()
            .find(|e| e.name.strip_prefix(&self.extra) == Some(name));
        entry
            .map(|entry| zip::read(&mut self.reader, entry, &self.name, MAX_EXTRA))
            .transpose()
    }

    /// The same archive by another reader of the same bytes.
    pub fn by<S>(self, reader: impl FnOnce(R) -> S) -> Archive<S> {
        Archive {
            reader: reader(self.reader),
            name: self.name,
            entries: self.entries,
            extra: self.extra,
            manifest: self.manifest,
        }
    }

    /// The reader, at its start: what was checked is what libtorch then reads.
    pub fn into_reader(mut self) -> Result<R> {
        self.reader()?;
        Ok(self.reader)
    }

    /// The same, of an archive that is to be read again.
    pub fn reader(&mut self) -> Result<&mut R> {
        self.reader
            .seek(SeekFrom::Start(0))
            .map_err(|e| Error::io("reading", Path::new(&self.name), &e))?;
        Ok(&mut self.reader)
    }

    /// Of all its bytes.
    pub fn sha256(&mut self, call: &Call) -> Result<String> {
        let name = self.name.clone();
        let failed = |e: std::io::Error| Error::io("reading", Path::new(&name), &e);
        let len = self.reader.seek(SeekFrom::End(0)).map_err(failed)?;
        call.stage(Stage::Hashing, len);
        let reader = self.reader()?;
        let mut digest = Sha256::new();
        let mut block = vec![0; 1 << 20];
        loop {
            call.check()?;
            let read = reader.read(&mut block).map_err(failed)?;
            let bytes = block.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            digest.update(bytes);
            call.advance(read as u64);
        }
        Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn no_bundle(name: &str, why: &str) -> Error {
    Error::BadModel(format!(
        "{name} is not a glyxel bundle: {why}; give a file that glyxel saved, or a checkpoint folder"
    ))
}

#[cfg(test)]
mod tests;
