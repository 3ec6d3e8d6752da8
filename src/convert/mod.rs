//! Checkpoint → bundle: build the definition, give it the checkpoint's weights, trace it, write it down. No Python.

mod classes;
mod cross_encoder;
mod image;
mod late_interaction;
mod resize;
mod sentence;
mod text;
mod tracer;
mod weights;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

pub use resize::resize;

use serde_json::{Map, Value as Json};
use tch::nn;

use crate::bundle::{self, ImageManifest, Manifest, Source, TextManifest, ZeroShotManifest};
use crate::control::{Call, Stage};
use crate::error::{Error, Result};
use crate::models::{Architecture, Config, Definition, HeadedEncoder, Stored};
use crate::source::{self, Checkpoint, Weights};
use crate::torch;
use tracer::Tracer;

/// Raised when a conversion of the same checkpoint gives more than before, so that what older ones left in a cache is not used.
pub const GENERATION: u32 = 2;

/// What a caller may ask of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Height and width of the pictures that the bundle is to take; `None`: as the checkpoint says.
    pub image_size: Option<(u32, u32)>,
}

/// What a bundle says of its two sides, and the tokenizer of one.
#[derive(Default)]
struct Sides {
    text: Option<TextManifest>,
    tokenizer_json: Option<Vec<u8>>,
    image: Option<ImageManifest>,
    zero_shot: Option<ZeroShotManifest>,
}

/// Converts a checkpoint and writes the bundle to `target`. Called on a compute thread.
pub fn convert(checkpoint: &Checkpoint, wishes: Wishes, target: &Path, call: &Call) -> Result<()> {
    let weights = checkpoint.weights(checkpoint.transformer_path())?;
    let stored = weights::stored(&weights);
    convert_as(checkpoint, stored, || Ok(weights), wishes, None, target, call)
}

/// `weights` is asked once the wishes are known to be those that the model fulfils, `stored` says before what they are. `source`: what
/// the bundle is to say that it was converted from, if it is not the checkpoint itself.
fn convert_as(
    checkpoint: &Checkpoint,
    stored: Stored,
    weights: impl FnOnce() -> Result<Weights>,
    wishes: Wishes,
    source: Option<Source>,
    target: &Path,
    call: &Call,
) -> Result<()> {
    let config = Config::new(checkpoint.config(), stored)?;
    let architecture = Architecture::of(&config)?;
    let store = nn::VarStore::new(tch::Device::Cpu);
    let definition = architecture.build(&store.root(), &config)?;
    let load = || {
        let weights = weights()?;
        let origin = match source {
            Some(source) => source,
            None => Source {
                location: location(checkpoint),
                revision: checkpoint.origin().map(|origin| origin.commit.clone()),
                licence: checkpoint.licence()?,
                weights_sha256: weights.sha256(call)?,
                weights_dtype: weights::dtypes(&weights),
            },
        };
        call.stage(Stage::Converting, store.len() as u64);
        Ok::<_, Error>((origin, weights::load(&store, None, &weights, architecture.names, call)?))
    };

    let mut sides = Sides::default();
    let (from, tracer, stored);
    match (definition, late_interaction::form(checkpoint)) {
        (Definition::Text(encoder), Some(form)) => {
            image::refuse_size(wishes.image_size, architecture.name)?;
            let assembled = form.assemble(checkpoint, encoder, &store)?;
            let (origin, mut all) = load()?;
            all.extend(sentence::load_dense(checkpoint, &assembled.dense, &store, call)?);
            (from, stored) = (origin, all);
            let tokenizer_json = text::tokenizer_json(checkpoint)?;
            sides.text = Some(form.manifest(checkpoint, &assembled.model, &tokenizer_json)?);
            sides.tokenizer_json = Some(tokenizer_json);
            let mut traced = Tracer::new(&store, call)?;
            text::trace_tokens(&mut traced, &assembled.model)?;
            text::trace_hidden_states(&mut traced, assembled.model.encoder.as_ref())?;
            tracer = traced;
        }
        (Definition::Text(encoder), None) => {
            image::refuse_size(wishes.image_size, architecture.name)?;
            let head = architecture.head(&store.root(), &config, encoder.facts())?;
            let assembled = sentence::assemble(checkpoint, encoder, &store)?;
            let (origin, mut all) = load()?;
            all.extend(sentence::load_dense(checkpoint, &assembled.dense, &store, call)?);
            (from, stored) = (origin, all);
            let tokenizer_json = text::tokenizer_json(checkpoint)?;
            let classes = head.as_ref().map(|head| head.classes());
            let facts = text::TextFacts::of_sentence(&assembled, classes);
            sides.text = Some(text::manifest(checkpoint, &facts, &tokenizer_json)?);
            sides.tokenizer_json = Some(tokenizer_json);
            let mut traced = Tracer::new(&store, call)?;
            text::trace_sentence(&mut traced, &assembled.model)?;
            text::trace_hidden_states(&mut traced, assembled.model.encoder.as_ref())?;
            if let Some(head) = &head {
                let encoder = assembled.model.encoder.as_ref();
                text::trace_classifier(&mut traced, checkpoint, &HeadedEncoder { encoder, head })?;
            }
            tracer = traced;
        }
        (Definition::Classifier(classifier), _) => {
            image::refuse_size(wishes.image_size, architecture.name)?;
            (from, stored) = load()?;
            let tokenizer_json = text::tokenizer_json(checkpoint)?;
            let facts = text::TextFacts::of_classifier(classifier.as_ref());
            sides.text = Some(text::manifest(checkpoint, &facts, &tokenizer_json)?);
            sides.tokenizer_json = Some(tokenizer_json);
            let mut traced = Tracer::new(&store, call)?;
            text::trace_classifier(&mut traced, checkpoint, classifier.as_ref())?;
            tracer = traced;
        }
        (Definition::Image(encoder), _) => {
            let image = image::manifest(checkpoint, encoder.facts(), wishes.image_size)?;
            (from, stored) = load()?;
            let mut traced = Tracer::new(&store, call)?;
            image::trace(&mut traced, encoder.as_ref(), &image)?;
            sides.image = Some(image);
            tracer = traced;
        }
        (Definition::Dual(dual), _) => {
            let image = image::manifest(checkpoint, dual.image.facts(), wishes.image_size)?;
            let tokenizer_json = text::tokenizer_json(checkpoint)?;
            let facts = text::TextFacts::of_tower(dual.text.as_ref());
            sides.text = Some(text::manifest(checkpoint, &facts, &tokenizer_json)?);
            sides.tokenizer_json = Some(tokenizer_json);
            (from, stored) = load()?;
            sides.zero_shot = Some(image::zero_shot(&dual.scores)?);
            let mut traced = Tracer::new(&store, call)?;
            text::trace_tower(&mut traced, dual.text.as_ref())?;
            image::trace(&mut traced, dual.image.as_ref(), &image)?;
            sides.image = Some(image);
            tracer = traced;
        }
    }
    let (module, methods) = tracer.finish(&stored)?;
    let manifest = Manifest {
        format: bundle::FORMAT,
        glyxel: env!("CARGO_PKG_VERSION").into(),
        libtorch: torch::libtorch_version().into(),
        architecture: architecture.name.into(),
        methods,
        text: sides.text,
        image: sides.image,
        zero_shot: sides.zero_shot,
        source: from,
        sealed: true,
    };
    let mut extra = vec![(bundle::MANIFEST.to_string(), manifest.to_json()?.into_bytes())];
    extra.extend(sides.tokenizer_json.map(|json| ("tokenizer.json".to_string(), json)));
    extra.extend(
        checkpoint
            .config_files()?
            .into_iter()
            .map(|(path, bytes)| (format!("configs/{path}"), bytes)),
    );
    call.check()?;
    let file = File::create(target).map_err(|e| Error::io("writing", target, &e))?;
    module.save(BufWriter::new(file), &extra)?;
    bundle::seal(target)
}

/// The repository's id, or the folder's own name: where it stood is its owner's business, and a bundle may be passed on.
fn location(checkpoint: &Checkpoint) -> String {
    if let Some(origin) = checkpoint.origin() {
        return origin.repo.clone();
    }
    let root = checkpoint.root();
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    root.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// A small file of the checkpoint that should hold a JSON object, if it is there.
fn object(name: &str, bytes: Option<Vec<u8>>) -> Result<Option<Map<String, Json>>> {
    bytes
        .map(|bytes| source::json_object(&bytes, Path::new(name)))
        .transpose()
}
