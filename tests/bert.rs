//! BERT against `transformers` and sentence-transformers: the fixtures of tests/fixtures/bert, end to end and layer by layer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::models::{self, Config, TextInput};
use glyxel::options::Options;
use glyxel::source::{Checkpoint, Weights};
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::{engine, torch, Model};
use serde_json::{Map, Value};
use tch::{nn, Kind, Tensor};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert")
}

/// Every checkpoint folder among the fixtures.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() > 20, "the fixtures are gone");
    folders
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn texts() -> Vec<String> {
    serde_json::from_value(json(&fixtures().join("texts.json"))).unwrap()
}

fn expected(folder: &Path, name: &str) -> Option<Tensor> {
    let tensors = Tensor::read_safetensors(folder.join("expected.safetensors")).unwrap();
    tensors.into_iter().find(|(n, _)| n == name).map(|(_, tensor)| tensor)
}

fn load(folder: &Path, settings: &[(&str, &str)]) -> Arc<Model> {
    let cache = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.set("cache_dir", cache.path().to_str().unwrap()).unwrap();
    for (name, value) in settings {
        options.set(name, value).unwrap();
    }
    let model = Model::load(folder.to_str().unwrap(), &options, &Call::unwatched());
    Arc::new(model.unwrap_or_else(|e| panic!("{}: {e}", folder.display())))
}

fn embed(model: &Arc<Model>, texts: &[String], options: &EmbedOptions) -> Tensor {
    let vectors = embed::texts(model, texts.to_vec(), options, &Call::unwatched()).unwrap();
    Tensor::from_slice(&vectors).view([texts.len() as i64, -1])
}

/// The largest difference, as a fraction of max(1, max|expected|).
fn difference(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    let scale = expected.abs().max().double_value(&[]).max(1.);
    (got - expected).abs().max().double_value(&[]) / scale
}

#[test]
fn embeddings_equal_those_of_sentence_transformers() {
    for folder in folders() {
        let model = load(&folder, &[]);
        let Some(expected) = expected(&folder, "embeddings") else {
            continue;
        };
        let got = embed(&model, &texts(), &EmbedOptions::default());
        let difference = difference(&got, &expected);
        assert!(difference < 1e-5, "{}: {difference:e}", folder.display());
        assert_eq!(model.dim(), expected.size()[1] as usize);
    }
}

#[test]
fn prompts_are_put_before_the_texts() {
    let mut seen = 0;
    for folder in folders() {
        let facts = json(&folder.join("expected.json"));
        for name in facts["prompts"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let Some(expected) = expected(&folder, &format!("embeddings.{name}")) else {
                continue;
            };
            let model = load(&folder, &[]);
            let options = |prompt: &str| EmbedOptions {
                prompt: prompt.into(),
                ..Default::default()
            };
            let named = embed(&model, &texts(), &options(&format!("@{name}")));
            assert!(difference(&named, &expected) < 1e-5, "{} {name}", folder.display());
            let text = facts["prompts"][name].as_str().unwrap();
            if !text.is_empty() {
                let literal = embed(&model, &texts(), &options(text));
                assert!(difference(&literal, &expected) < 1e-5, "{} {text}", folder.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} prompts were seen");
}

#[test]
fn token_counts_equal_those_of_transformers() {
    for folder in folders() {
        let facts = json(&folder.join("expected.json"));
        let expected: Vec<usize> = serde_json::from_value(facts["token_counts"].clone()).unwrap();
        assert_eq!(
            embed::count_tokens(&load(&folder, &[]), texts()).unwrap(),
            expected,
            "{}",
            folder.display()
        );
    }
}

#[test]
fn bf16_points_the_same_way() {
    for name in ["plain", "heads_of_ten", "st_mean", "st_dense_tanh", "f16"] {
        let folder = fixtures().join(name);
        let got = embed(
            &load(&folder, &[("precision", "bf16")]),
            &texts(),
            &EmbedOptions::default(),
        );
        let expected = expected(&folder, "embeddings").unwrap();
        let cosine = Tensor::cosine_similarity(&got, &expected, 1, 1e-12)
            .min()
            .double_value(&[]);
        assert!(cosine >= 0.9995, "{name}: {cosine}");
    }
}

#[test]
fn a_text_alone_equals_itself_in_a_batch() {
    let model = load(&fixtures().join("plain"), &[]);
    let together = embed(&model, &texts(), &EmbedOptions::default());
    for (i, text) in texts().into_iter().enumerate() {
        let alone = embed(&model, &[text], &EmbedOptions::default()).get(0);
        let cosine = Tensor::cosine_similarity(&alone, &together.get(i as i64), 0, 1e-12).double_value(&[]);
        assert!(cosine >= 0.999999, "{i}: {cosine}");
    }
}

/// Runs `f` with a definition built from a fixture's folder and given its weights, on a thread that libtorch is ready on.
fn with_definition<T: Send + 'static>(
    folder: PathBuf,
    change: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
    f: impl FnOnce(&nn::VarStore, &dyn models::TextEncoder) -> T + Send + 'static,
) -> T {
    engine::compute(torch::Device::Cpu, &Call::unwatched(), move |_| {
        let checkpoint = Checkpoint::open(&folder)?;
        let mut fields = checkpoint.config().clone();
        change(&mut fields);
        let config = Config::new(&fields, u64::MAX)?;
        let family = models::family(&config)?;
        let store = nn::VarStore::new(tch::Device::Cpu);
        let encoder = (family.build)(&store.root(), &config)?;
        let weights: Weights = checkpoint.weights(checkpoint.transformer_path())?;
        let variables = store.variables();
        let wanted: BTreeSet<String> = variables.keys().cloned().collect();
        for (name, theirs) in family.names.assign(&wanted, weights.names())? {
            let mut variable = variables[&name].shallow_clone();
            tch::no_grad(|| variable.copy_(&weights.tensor(theirs).unwrap()));
        }
        Ok(f(&store, encoder.as_ref()))
    })
    .unwrap()
}

fn raw_batch(folder: &Path) -> (Tensor, Tensor, Tensor) {
    let get = |name: &str| expected(folder, name).unwrap();
    (get("input_ids"), get("attention_mask"), get("token_type_ids"))
}

/// Hidden states of the tokens that count; what stands at padding is nobody's.
fn masked(hidden: &Tensor, mask: &Tensor) -> Tensor {
    hidden * mask.unsqueeze(-1)
}

/// How far the definition's hidden states of a fixture's raw batch are from the expected ones.
fn hidden_difference(
    folder: PathBuf,
    expected: &Tensor,
    change: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
) -> f64 {
    let (ids, mask, type_ids) = raw_batch(&folder);
    let mask_for_encoder = mask.shallow_clone();
    let hidden = with_definition(folder, change, move |_, encoder| {
        let input = TextInput {
            ids: &ids,
            mask: Some(&mask_for_encoder),
            type_ids: Some(&type_ids),
        };
        encoder.forward(&input, false)
    });
    difference(&masked(&hidden, &mask), &masked(expected, &mask))
}

#[test]
fn hidden_states_equal_those_of_transformers() {
    let mut seen = 0;
    for folder in folders() {
        let Some(expected) = expected(&folder, "last_hidden_state") else {
            continue;
        };
        let difference = hidden_difference(folder.clone(), &expected, |_| {});
        assert!(difference < 1e-5, "{}: {difference:e}", folder.display());
        seen += 1;
    }
    assert!(seen > 15, "only {seen} fixtures have hidden states");
}

#[test]
fn every_activation_equals_that_of_transformers() {
    let folder = fixtures().join("activations");
    let names = json(&fixtures().join("activations.json"));
    let mut seen = 0;
    for name in names["values"].as_object().unwrap().keys() {
        let expected = expected(&folder, &format!("last_hidden_state.{name}")).unwrap();
        let activation = name.clone();
        let difference = hidden_difference(folder.clone(), &expected, move |config| {
            config.insert("hidden_act".into(), activation.into());
        });
        assert!(difference < 1e-5, "{name}: {difference:e}");
        seen += 1;
    }
    assert!(seen > 20, "only {seen} activations were seen");
}

#[test]
fn activations_with_weights_and_unknown_ones_are_refused() {
    let refused = json(&fixtures().join("activations.json"));
    let with_weights = refused["with_weights_of_their_own"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str);
    for name in with_weights.chain(["no_such_activation"]) {
        let error = models::blocks::Activation::by_name(name).err().unwrap().to_string();
        assert!(error.contains(name) && error.contains("gelu"), "{error}");
    }
}

#[test]
fn training_makes_the_loss_fall() {
    let (first, last) = with_definition(
        fixtures().join("plain"),
        |_| {},
        |store, encoder| {
            torch::cuda::before_training();
            tch::with_grad(|| {
                tch::manual_seed(1);
                let mut optimizer = nn::OptimizerConfig::build(nn::Adam::default(), store, 1e-3).unwrap();
                let ids = Tensor::from_slice(&[2i64, 20, 30, 3, 2, 40, 50, 3]).view([2, 4]);
                let target = Tensor::from_slice(&[1f32, -1.]);
                let input = TextInput {
                    ids: &ids,
                    mask: None,
                    type_ids: None,
                };
                let losses: Vec<f64> = (0..30)
                    .map(|_| {
                        let hidden = encoder.forward(&input, true);
                        let loss = (hidden.select(1, 0).select(1, 0) - &target).square().mean(Kind::Float);
                        optimizer.backward_step(&loss);
                        loss.double_value(&[])
                    })
                    .collect();
                (losses[0], losses[29])
            })
        },
    );
    assert!(last < first * 0.5, "the loss went from {first} to {last}");
}

#[test]
fn dropout_acts_in_training_only() {
    let same = |train: bool| {
        with_definition(
            fixtures().join("plain"),
            |_| {},
            move |_, encoder| {
                let ids = Tensor::from_slice(&[2i64, 20, 30, 3]).view([1, 4]);
                let input = TextInput {
                    ids: &ids,
                    mask: None,
                    type_ids: None,
                };
                encoder.forward(&input, train).equal(&encoder.forward(&input, train))
            },
        )
    };
    assert!(same(false));
    assert!(!same(true));
}
