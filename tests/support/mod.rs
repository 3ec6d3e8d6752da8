//! What the tests of text models share: loading a fixture, embedding with it, and running a definition by itself.

#![allow(dead_code)] // Each test binary uses a part of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::models::{self, Architecture, Config, Definition, Stored, TextInput};
use glyxel::options::Options;
use glyxel::source::{Checkpoint, Weights};
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::{engine, torch, Model};
use serde_json::{Map, Value};
use tch::{nn, Tensor};

pub fn fixtures(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(group)
}

/// Every checkpoint folder in `parent`.
pub fn folders(parent: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(parent)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    folders.sort();
    folders
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

pub fn texts(path: &Path) -> Vec<String> {
    serde_json::from_value(json(path)).unwrap()
}

pub fn expected(folder: &Path, name: &str) -> Option<Tensor> {
    let tensors = Tensor::read_safetensors(folder.join("expected.safetensors")).unwrap();
    tensors.into_iter().find(|(n, _)| n == name).map(|(_, tensor)| tensor)
}

pub fn load(folder: &Path, settings: &[(&str, &str)]) -> Arc<Model> {
    let cache = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.set("cache_dir", cache.path().to_str().unwrap()).unwrap();
    for (name, value) in settings {
        options.set(name, value).unwrap();
    }
    let model = Model::load(folder.to_str().unwrap(), &options, &Call::unwatched());
    Arc::new(model.unwrap_or_else(|e| panic!("{}: {e}", folder.display())))
}

pub fn embed(model: &Arc<Model>, texts: &[String], options: &EmbedOptions) -> Tensor {
    let vectors = embed::texts(model, texts.to_vec(), options, &Call::unwatched()).unwrap();
    Tensor::from_slice(&vectors).view([texts.len() as i64, -1])
}

/// The largest difference, as a fraction of max(1, max|expected|).
pub fn difference(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    let scale = expected.abs().max().double_value(&[]).max(1.);
    (got - expected).abs().max().double_value(&[]) / scale
}

/// The smallest cosine between rows of the two.
pub fn worst_cosine(a: &Tensor, b: &Tensor) -> f64 {
    Tensor::cosine_similarity(a, b, -1, 1e-12).min().double_value(&[])
}

/// Hidden states of the tokens that count; what stands at padding is nobody's.
pub fn masked(hidden: &Tensor, mask: &Tensor) -> Tensor {
    hidden.where_self(&mask.unsqueeze(-1).to_kind(tch::Kind::Bool), &hidden.zeros_like())
}

/// A checkpoint that affords any size.
pub fn unlimited() -> Stored {
    Stored {
        values: u64::MAX,
        ..Default::default()
    }
}

/// Runs `f` with a definition built from a fixture's folder and given its weights, on a thread that libtorch is ready on.
pub fn with_definition<T: Send + 'static>(
    folder: PathBuf,
    change: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
    f: impl FnOnce(&nn::VarStore, &dyn models::TextEncoder) -> T + Send + 'static,
) -> T {
    engine::compute(torch::Device::Cpu, &Call::unwatched(), move |_| {
        let checkpoint = Checkpoint::open(&folder)?;
        let mut fields = checkpoint.config().clone();
        change(&mut fields);
        let config = Config::new(&fields, unlimited())?;
        let architecture = Architecture::of(&config)?;
        let store = nn::VarStore::new(tch::Device::Cpu);
        let Definition::Text(encoder) = architecture.build(&store.root(), &config)? else {
            panic!("a family that encodes no texts");
        };
        let weights: Weights = checkpoint.weights(checkpoint.transformer_path())?;
        let variables = store.variables();
        // As a conversion: what is not trained is computed, and need not be stored.
        let stored: BTreeSet<String> = weights
            .names()
            .map(|name| architecture.names.own(name, &variables.keys().cloned().collect()))
            .collect();
        let wanted: BTreeSet<String> = variables
            .iter()
            .filter(|(name, variable)| variable.requires_grad() || stored.contains(*name))
            .map(|(name, _)| name.clone())
            .collect();
        for (name, theirs) in architecture.names.assign(&wanted, weights.names())? {
            let mut variable = variables[&name].shallow_clone();
            tch::no_grad(|| variable.copy_(&weights.tensor(theirs).unwrap()));
        }
        Ok(f(&store, encoder.as_ref()))
    })
    .unwrap()
}

/// How far the definition's hidden states of a fixture's raw batch are from the expected ones.
pub fn hidden_difference(
    folder: &Path,
    expected_hidden: &Tensor,
    change: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
) -> f64 {
    let ids = expected(folder, "input_ids").unwrap();
    let mask = expected(folder, "attention_mask").unwrap();
    let type_ids = expected(folder, "token_type_ids");
    let mask_for_encoder = mask.shallow_clone();
    let hidden = with_definition(folder.into(), change, move |_, encoder| {
        let input = TextInput {
            ids: &ids,
            mask: Some(&mask_for_encoder),
            type_ids: type_ids.as_ref(),
        };
        encoder.forward(&input, false)
    });
    difference(&masked(&hidden, &mask), &masked(expected_hidden, &mask))
}

/// Embeds `texts` with each prompt of a fixture, by its name and as it stands; how many prompts there were.
pub fn prompts_are_put_before(folder: &Path, texts: &[String]) -> usize {
    let facts = json(&folder.join("expected.json"));
    let mut seen = 0;
    for (name, text) in facts["prompts"].as_object().into_iter().flatten() {
        let Some(expected) = expected(folder, &format!("embeddings.{name}")) else {
            continue;
        };
        let model = load(folder, &[]);
        let with = |prompt: String| {
            let options = EmbedOptions {
                prompt,
                ..Default::default()
            };
            difference(&embed(&model, texts, &options), &expected)
        };
        assert!(with(format!("@{name}")) < 1e-5, "{} {name}", folder.display());
        let text = text.as_str().unwrap();
        assert!(
            text.is_empty() || with(text.into()) < 1e-5,
            "{} {text}",
            folder.display()
        );
        seen += 1;
    }
    seen
}

pub fn token_counts_are_equal(folder: &Path, model: &Arc<Model>, texts: &[String]) {
    let facts = json(&folder.join("expected.json"));
    let expected: Vec<usize> = serde_json::from_value(facts["token_counts"].clone()).unwrap();
    let counts = embed::count_tokens(model, texts.to_vec()).unwrap();
    assert_eq!(counts, expected, "{}", folder.display());
}
