//! Loading: locate, convert if need be (or find it converted), verify, put on the device.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::kept::{Keep, Ours};
use super::target::Target;
use super::Model;
use crate::bundle::{self, Archive, Manifest};
use crate::control::Call;
use crate::convert::{convert, resize, Wishes, GENERATION};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::source::{cache, hex, locate, Checkpoint, Located};
use crate::torch::{libtorch_version, Device};
use crate::{engine, log};

impl Model {
    /// Loads a Hugging Face id, a checkpoint folder or a bundle file (see [`locate`]). A checkpoint is converted the first time, and found in
    /// the cache after that.
    pub fn load(source: &str, options: &Options, call: &Call) -> Result<Model> {
        let (source, options) = (source.to_string(), options.clone());
        engine::background(call, move |call| {
            let target = Target::open(&options)?;
            let located = locate(&source, &options, call)?;
            match located {
                Located::Bundle(path) => match bundle::open(&path, call)? {
                    archive if other_size(archive.manifest(), &options) => {
                        target.load(resized(archive, &options, call)?, call)
                    }
                    archive => target.load(archive, call),
                },
                Located::Checkpoint(checkpoint) => target.load(converted(checkpoint, &options, call)?, call),
            }
        })
    }

    /// Loads a bundle from its bytes, which it keeps for [`Model::save`].
    pub fn load_memory(bytes: Vec<u8>, options: &Options, call: &Call) -> Result<Model> {
        let options = options.clone();
        engine::background(call, move |call| {
            let target = Target::open(&options)?;
            match Archive::open(Cursor::new(bytes), "the bundle in memory", call)? {
                archive if other_size(archive.manifest(), &options) => {
                    target.load(resized(archive, &options, call)?, call)
                }
                archive => target.load(archive, call),
            }
        })
    }
}

/// The checkpoint's bundle: out of the cache, or made now.
fn converted(checkpoint: Checkpoint, options: &Options, call: &Call) -> Result<Archive<Ours>> {
    let checkpoint = Arc::new(checkpoint);
    let wishes = wishes(options);
    let write = |target: &Path| {
        log::emit(log::Level::Info, || {
            let id = checkpoint.origin().map(|origin| origin.repo.clone());
            format!(
                "converting {}",
                id.unwrap_or_else(|| checkpoint.root().display().to_string())
            )
        });
        let (checkpoint, target) = (checkpoint.clone(), target.to_path_buf());
        engine::compute(Device::Cpu, call, move |call| {
            convert(&checkpoint, wishes, &target, call)
        })
    };
    cached(options, || checkpoint.identity(), write, call)
}

/// Whether a bundle is asked for pictures that it was not traced for.
fn other_size(manifest: &Manifest, options: &Options) -> bool {
    let made_for = manifest.image.as_ref().map(|image| (image.height, image.width));
    made_for.is_some() && options.image_size.is_some_and(|asked| Some(asked) != made_for)
}

/// The same bundle for pictures of another size: out of the cache, or made now.
fn resized<R: Keep>(archive: Archive<R>, options: &Options, call: &Call) -> Result<Archive<Ours>> {
    let archive = Arc::new(Mutex::new(archive));
    let wishes = wishes(options);
    let write = |target: &Path| {
        let (archive, target) = (archive.clone(), target.to_path_buf());
        engine::compute(Device::Cpu, call, move |call| {
            resize(&mut unpoisoned(&archive), wishes, &target, call)
        })
    };
    cached(options, || unpoisoned(&archive).sha256(call), write, call)
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wishes(options: &Options) -> Wishes {
    Wishes {
        image_size: options.image_size,
    }
}

/// The bundle that `write` makes of what has this identity, out of the cache if it is there.
fn cached(
    options: &Options,
    identity: impl FnOnce() -> Result<String>,
    write: impl Fn(&Path) -> Result<()>,
    call: &Call,
) -> Result<Archive<Ours>> {
    if !options.cache {
        // Once open, the bundle needs no name: its folder goes when this returns.
        let folder = tempfile::tempdir().map_err(|e| {
            Error::Io(format!(
                "making a temporary folder failed: {e}; set TMPDIR to one that can be written"
            ))
        })?;
        let target = folder.path().join("bundle.pt");
        write(&target)?;
        return open_ours(&target, call);
    }
    let folder = options.cache_dir.clone().map_or_else(cache::default_dir, Ok)?;
    let key = key(&identity()?, &wishes(options));
    let cached = cache::bundle(&folder, &key, call, &write)?;
    match open_ours(&cached, call) {
        // Damaged on the disk since it was written, or deleted by somebody: what it was made from is still there.
        Err(Error::BadModel(_) | Error::NotFound(_)) => {
            log::emit(log::Level::Warn, || {
                format!("{} is damaged; converting again", cached.display())
            });
            cache::discard(&cached)?;
            open_ours(&cache::bundle(&folder, &key, call, &write)?, call)
        }
        opened => opened,
    }
}

fn open_ours(path: &Path, call: &Call) -> Result<Archive<Ours>> {
    Ok(bundle::open(path, call)?.by(Ours))
}

/// Whatever changes a conversion's result changes its key.
fn key(identity: &str, wishes: &Wishes) -> String {
    let parts = [
        env!("CARGO_PKG_VERSION"),
        libtorch_version(),
        &format!("{}.{GENERATION}", bundle::FORMAT),
        &format!("{wishes:?}"),
        identity,
    ]
    .join("\n");
    hex(&Sha256::digest(parts))
}
