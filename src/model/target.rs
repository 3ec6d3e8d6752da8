//! From a bundle's archive to a model that runs.

use std::sync::Arc;

use super::kept::{Keep, Kept};
use super::on_device::OnDevice;
use super::{info, ImageEncoder, Model, Operators, TextEncoder};
use crate::bundle::{self, Archive, Manifest, Method, TextManifest};
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};
use crate::image::Limits;
use crate::options::Options;
use crate::text::{Settings, Tokenizer};
use crate::torch::{Device, Precision, Program};

/// Where and how a model is to run, opened and checked before anything long is begun for it.
pub struct Target {
    device: Device,
    precision: Precision,
    max_length: Option<usize>,
    image_size: Option<(u32, u32)>,
    limits: Limits,
}

impl Target {
    pub fn open(options: &Options) -> Result<Self> {
        let device = Device::parse(&options.device)?;
        device.open()?;
        // Starting libtorch takes a while, in which the bundle is found and checked.
        engine::begin(device)?;
        let precision = Precision::parse(&options.precision, device)?;
        Ok(Target {
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
    pub fn load<R: Keep>(&self, mut archive: Archive<R>, call: &Call) -> Result<Model> {
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
        let methods = needed(&manifest, self.device);
        let names: Vec<String> = methods.iter().map(|method| method.name.clone()).collect();
        let reader = archive.into_reader()?;
        let (device, precision) = (self.device, self.precision);
        let ((program, operators, reader), tokenizer) = engine::compute_beside(
            device,
            call,
            move |call| {
                let (program, operators, reader) = program(reader, &names, device, precision, call)?;
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
        let kept = Arc::new(Kept {
            bundle: Arc::new(reader.keep()),
            manifest: original.clone(),
            device,
            precision,
        });
        let text = match (&manifest.text, tokenizer) {
            (Some(text), Some(tokenizer)) => Some(TextEncoder::new(&program, &kept, tokenizer, text, &methods)?),
            _ => None,
        };
        let image = match &manifest.image {
            Some(image) => Some(ImageEncoder::new(&program, precision, image, &methods, self.limits)?),
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

/// The methods that are used on a device: each takes time to load, and memory.
fn needed(manifest: &Manifest, device: Device) -> Vec<Method> {
    let all = &manifest.methods;
    let normalizes_last = manifest.text.as_ref().is_some_and(|text| text.normalizes_last);
    let raw = normalizes_last && all.iter().any(|method| method.name == bundle::EMBED_TEXT_UNNORMALIZED);
    let used = |name: &str| match (device, name) {
        // Reading a mask costs a CPU nothing beside the rest, and vectors are brought to length 1 as well by who reads them.
        (Device::Cpu, bundle::EMBED_TEXT_UNMASKED | bundle::CLASSIFY_TEXT_UNMASKED) => false,
        (Device::Cpu, bundle::EMBED_TEXT) => !raw,
        _ => TextEncoder::knows(name) || ImageEncoder::knows(name),
    };
    all.iter().filter(|method| used(&method.name)).cloned().collect()
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
