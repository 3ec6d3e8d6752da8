//! Loading: locate, convert if need be (or find it converted), verify, put on the device.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::kept::{Bundle, Kept};
use super::on_device::OnDevice;
use super::{info, ImageEncoder, Model, Operators, TextEncoder};
use crate::bundle::{self, Archive, Manifest, TextManifest};
use crate::control::{Call, Stage};
use crate::convert::{convert, resize, Wishes, GENERATION};
use crate::error::{Error, Result};
use crate::image::Limits;
use crate::options::Options;
use crate::source::{cache, hex, locate, Checkpoint, Located};
use crate::text::{Settings, Tokenizer};
use crate::torch::{libtorch_version, Device, Module, Precision, Program};
use crate::{engine, log};

/// What an archive is read from: how its module is loaded, and what is kept of it then.
trait Keep: Read + Seek + Send + Sized + 'static {
    fn module(&mut self, device: Device) -> Result<Module> {
        Module::load(self, device)
    }
    fn keep(self) -> Bundle;
}

/// A bundle of our own making. Nobody writes to it where it lies, the cache included: who makes it anew renames another one into its place.
/// So its weights may stay in it. Anybody else's may be copied over or cut short, and what is mapped of it would go with that.
struct Ours(File);

impl Read for Ours {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Ours {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl Keep for Ours {
    fn module(&mut self, device: Device) -> Result<Module> {
        Module::load_mapped(&self.0, device)
    }

    fn keep(self) -> Bundle {
        self.0.keep()
    }
}

impl Keep for File {
    fn keep(self) -> Bundle {
        Bundle::File(self)
    }
}

impl Keep for Cursor<Vec<u8>> {
    fn keep(self) -> Bundle {
        Bundle::Bytes(self.into_inner())
    }
}

impl Model {
    /// Loads a Hugging Face id, a checkpoint folder or a bundle file (see [`locate`]). A checkpoint is converted the first time, and found in
    /// the cache after that.
    pub fn load(source: &str, options: &Options, call: &Call) -> Result<Model> {
        let (source, options) = (source.to_string(), options.clone());
        engine::background(call, move |call| {
            let place = Place::open(&options)?;
            let located = locate(&source, &options, call)?;
            match located {
                Located::Bundle(path) => match bundle::open(&path, call)? {
                    archive if other_size(archive.manifest(), &options) => {
                        place.load(resized(archive, &options, call)?, call)
                    }
                    archive => place.load(archive, call),
                },
                Located::Checkpoint(checkpoint) => place.load(converted(checkpoint, &options, call)?, call),
            }
        })
    }

    /// Loads a bundle from its bytes, which it keeps for [`Model::save`].
    pub fn load_memory(bytes: Vec<u8>, options: &Options, call: &Call) -> Result<Model> {
        let options = options.clone();
        engine::background(call, move |call| {
            let place = Place::open(&options)?;
            match Archive::open(Cursor::new(bytes), "the bundle in memory", call)? {
                archive if other_size(archive.manifest(), &options) => {
                    place.load(resized(archive, &options, call)?, call)
                }
                archive => place.load(archive, call),
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

/// Where and how a model is to run, opened and checked before anything long is begun for it.
struct Place {
    device: Device,
    precision: Precision,
    max_length: Option<usize>,
    image_size: Option<(u32, u32)>,
    limits: Limits,
}

impl Place {
    fn open(options: &Options) -> Result<Self> {
        let device = Device::parse(&options.device)?;
        device.open()?;
        // Starting libtorch takes a while, in which the bundle is found and checked.
        engine::begin(device)?;
        let precision = Precision::parse(&options.precision, device)?;
        Ok(Place {
            device,
            precision,
            max_length: options.max_length,
            image_size: options.image_size,
            limits: options
                .max_image_pixels
                .map_or_else(Limits::default, |pixels| Limits { pixels }),
        })
    }

    /// Freezes and rewrites the graph for the device, and reads the tokeniser meanwhile.
    fn load<R: Keep>(&self, mut archive: Archive<R>, call: &Call) -> Result<Model> {
        call.stage(Stage::Loading, 1);
        let original = archive.manifest().clone();
        let mut manifest = original.clone();
        if let (Some(text), Some(asked)) = (&mut manifest.text, self.max_length) {
            text.max_length = asked.min(text.max_length);
            text.late_interaction = text.late_interaction.take().map(|late| late.limited(asked));
        }
        self.check_size(&manifest)?;
        let json = match &manifest.text {
            Some(_) => archive.extra("tokenizer.json")?,
            None => None,
        };
        let methods = manifest.methods.iter().map(|m| m.name.clone());
        let methods: Vec<String> = methods
            .filter(|n| TextEncoder::knows(n) || ImageEncoder::knows(n))
            .collect();
        let reader = archive.into_reader()?;
        let (device, precision) = (self.device, self.precision);
        let ((program, operators, reader), tokenizer) = engine::compute_beside(
            device,
            call,
            move |call| {
                let (program, operators, reader) = program(reader, &methods, device, precision, call)?;
                // Wherever it is dropped from now on, that happens on its own thread.
                Ok((Arc::new(OnDevice::new(device, program)), operators, reader))
            },
            || {
                manifest
                    .text
                    .as_ref()
                    .map(|text| self.tokenizer(json, text))
                    .transpose()
            },
        )?;
        call.advance(1);
        let info = info(&manifest, device, precision, &operators)?;
        let methods = &manifest.methods;
        let kept = Arc::new(Kept {
            bundle: Arc::new(reader.keep()),
            manifest: original.clone(),
            device,
            precision,
        });
        let text = match (&manifest.text, tokenizer) {
            (Some(text), Some(tokenizer)) => Some(TextEncoder::new(&program, &kept, tokenizer, text, methods)?),
            _ => None,
        };
        let image = match &manifest.image {
            Some(image) => Some(ImageEncoder::new(&program, precision, image, methods, self.limits)?),
            None => None,
        };
        Ok(Model {
            manifest,
            info,
            text,
            image,
            original,
            bundle: kept.bundle.clone(),
        })
    }

    fn tokenizer(&self, json: Option<Vec<u8>>, text: &TextManifest) -> Result<Tokenizer> {
        let json = json.ok_or_else(|| Error::BadModel("the bundle has no tokenizer.json".into()))?;
        let settings = Settings {
            max_length: text.max_length,
            lowercase: text.lowercase,
        };
        Tokenizer::from_json(&json, settings).map_err(|e| match e {
            // The length that leaves no room is the bundle's own.
            Error::InvalidArgument(why) if self.max_length.is_none() => Error::BadModel(why),
            other => other,
        })
    }

    /// A model of texts has no size of pictures.
    fn check_size(&self, manifest: &Manifest) -> Result<()> {
        match (self.image_size, &manifest.image) {
            (Some(_), None) => Err(Error::InvalidArgument(
                "image_size is set, but this model takes no pictures; leave it out".into(),
            )),
            _ => Ok(()),
        }
    }
}

/// The program of an archive's methods, on the device's compute thread, and what the archive was read from.
fn program<R: Keep>(
    mut reader: R,
    methods: &[String],
    device: Device,
    precision: Precision,
    call: &Call,
) -> Result<(Program, Operators, R)> {
    let mut module = reader.module(device)?;
    call.check()?;
    module.cast(precision)?;
    for name in methods {
        if !module.has_method(name)? {
            return Err(Error::BadModel(format!(
                "the bundle's manifest names the method {name}, which its module lacks"
            )));
        }
    }
    // What few ask for is made when they do: it would hold up every load.
    let names = methods.iter().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| *name != bundle::HIDDEN_STATES).collect();
    let program = Program::new(module, &names, device)?;
    let operators = names
        .iter()
        .map(|name| Ok((name.to_string(), program.operators(name)?)));
    let operators = operators.collect::<Result<_>>()?;
    Ok((program, operators, reader))
}
