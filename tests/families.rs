//! Every family against `transformers`: each field of its config changed, and checkpoints as released ones are.

mod support;

use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;

use glyxel::control::Call;
use glyxel::models::{Architecture, Config, Definition, TextInput};
use glyxel::tasks::embed::EmbedOptions;
use glyxel::{engine, torch};
use serde_json::{Map, Value};
use support::{difference, embed, expected, fixtures, json, load, masked, worst_cosine};
use tch::{nn, Tensor};

/// The value of every weight, from its name: tests/python/family_flips.py computes the same.
fn fill(store: &nn::VarStore) {
    for (name, mut variable) in store.variables() {
        let seed = name.bytes().fold(2166136261u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(16777619)
        });
        let is_norm = variable.dim() == 1 && name.ends_with(".weight");
        let value = |i: usize| {
            let mut x = seed.wrapping_add((i as u32).wrapping_mul(2654435761));
            x = (x ^ (x >> 16)).wrapping_mul(0x7feb352d);
            x = (x ^ (x >> 15)).wrapping_mul(0x846ca68b);
            x ^= x >> 16;
            let value = (f64::from(x >> 8) / f64::from(1 << 24) - 0.5) * 0.6;
            (if is_norm { 1. + value } else { value }) as f32
        };
        let values: Vec<f32> = (0..variable.numel()).map(value).collect();
        tch::no_grad(|| variable.copy_(&Tensor::from_slice(&values).view_as(&variable)));
    }
}

/// The last hidden state of a definition built from this config, or why there is none.
fn hidden_state(
    config: &Map<String, Value>,
    batch: &BTreeMap<String, Tensor>,
    with_mask: bool,
) -> glyxel::Result<Tensor> {
    let of = |name: &str| batch[name].shallow_clone();
    let (config, ids, mask, type_ids) = (
        config.clone(),
        of("input_ids"),
        of("attention_mask"),
        of("token_type_ids"),
    );
    engine::compute(torch::Device::Cpu, &Call::unwatched(), move |_| {
        let config = Config::new(&config, support::unlimited())?;
        let store = nn::VarStore::new(tch::Device::Cpu);
        let Definition::Text(encoder) = Architecture::of(&config)?.build(&store.root(), &config)? else {
            panic!("a family that encodes no texts");
        };
        fill(&store);
        let type_ids = encoder.type_vocab_size().map(|types| type_ids.clamp_max(types - 1));
        let input = TextInput {
            ids: &ids,
            mask: with_mask.then_some(&mask),
            type_ids: type_ids.as_ref(),
        };
        Ok(encoder.forward(&input, false))
    })
}

fn apply(flip: &Value, bases: &Value) -> Map<String, Value> {
    let mut config = bases[flip["base"].as_str().unwrap_or("base")]
        .as_object()
        .unwrap()
        .clone();
    for name in flip["remove"].as_array().into_iter().flatten() {
        config.shift_remove(name.as_str().unwrap());
    }
    config.extend(flip["set"].as_object().unwrap().clone());
    config
}

/// What is wrong about our answer to a flip, if anything is.
fn fault(flip: &Value, config: &Map<String, Value>, tensors: &BTreeMap<String, Tensor>) -> Option<String> {
    let fields = flip["fields"].as_array().unwrap();
    let names_it = |message: &str| fields.iter().any(|field| message.contains(field.as_str().unwrap()));
    let Ok(answer) = catch_unwind(AssertUnwindSafe(|| hidden_state(config, tensors, true))) else {
        return Some("panicked".into());
    };
    let expected = flip["outcome"]["tensor"].as_str().or(flip["may_accept"].as_str());
    match (expected, answer) {
        (_, Err(glyxel::Error::Internal(message))) => Some(format!("crashed: {message}")),
        (None, Ok(_)) => Some("should have been refused".into()),
        (_, Err(_)) if flip["outcome"] == "reference refuses" => None,
        (Some(_), Err(error)) if flip["may_refuse"] != true => Some(format!("refused: {error}")),
        (_, Err(error)) => {
            (!names_it(&error.to_string())).then(|| format!("refused, but without a field's name: {error}"))
        }
        (Some(name), Ok(hidden)) => {
            let mask = &tensors["attention_mask"];
            if hidden.size() != tensors[name].size() {
                return Some(format!("the shape is {:?}", hidden.size()));
            }
            let difference = difference(&masked(&hidden, mask), &masked(&tensors[name], mask));
            // Not a number is not less than anything.
            let same = difference < 1e-5;
            (!same).then(|| format!("differs by {difference:e}"))
        }
    }
}

/// The flips of a family. Those that are RoBERTa under other names share its fixtures.
fn read_flips(model_type: &str) -> (Value, BTreeMap<String, Tensor>) {
    let folder = fixtures("families").join(match model_type {
        "xlm-roberta" | "camembert" => "roberta",
        own => own,
    });
    let tensors = Tensor::read_safetensors(folder.join("flips.safetensors")).unwrap();
    let mut flips = json(&folder.join("flips.json"));
    for base in flips["bases"].as_object_mut().unwrap().values_mut() {
        base["model_type"] = model_type.into();
    }
    (flips, tensors.into_iter().collect())
}

fn each_field_flipped_is_equal_or_refused(model_type: &str) {
    let (flips, tensors) = read_flips(model_type);
    let entries = flips["flips"].as_array().unwrap();
    let faults: Vec<String> = entries
        .iter()
        .filter_map(|flip| {
            let fault = fault(flip, &apply(flip, &flips["bases"]), &tensors)?;
            Some(format!("{} {}: {fault}", flip["set"], flip["remove"]))
        })
        .collect();
    assert!(entries.len() > 100, "the flips of {model_type} are gone");
    assert!(
        faults.is_empty(),
        "{model_type}: {} of {} flips:\n{}",
        faults.len(),
        entries.len(),
        faults.join("\n")
    );
}

fn without_a_mask(model_type: &str) {
    let (flips, tensors) = read_flips(model_type);
    let hidden = hidden_state(flips["bases"]["base"].as_object().unwrap(), &tensors, false).unwrap();
    let difference = difference(&hidden, &tensors["base.unmasked"]);
    assert!(difference < 1e-5, "{difference:e}");
}

/// The checkpoints of a family, and the texts that they embed.
fn checkpoints(model_type: &str) -> (Vec<PathBuf>, Vec<String>) {
    let parent = fixtures("families");
    let folders = support::folders(&parent.join(model_type));
    assert!(folders.len() >= 2, "the checkpoints of {model_type} are gone");
    (folders, support::texts(&parent.join("texts.json")))
}

fn checkpoints_are_equal(model_type: &str) {
    let (folders, texts) = checkpoints(model_type);
    for folder in folders {
        let model = load(&folder, &[]);
        support::token_counts_are_equal(&folder, &model, &texts);
        let expected = |name: &str| expected(&folder, name).unwrap();
        let far = difference(
            &embed(&model, &texts, &EmbedOptions::default()),
            &expected("embeddings"),
        );
        assert!(far < 1e-5, "{}: embeddings: {far:e}", folder.display());
        let far = support::hidden_difference(&folder, &expected("last_hidden_state"), |_| {});
        assert!(far < 1e-5, "{}: hidden states: {far:e}", folder.display());
        support::prompts_are_put_before(&folder, &texts);
    }
}

fn bf16_points_the_same_way(model_type: &str) {
    let (folders, texts) = checkpoints(model_type);
    let got = embed(
        &load(&folders[0], &[("precision", "bf16")]),
        &texts,
        &EmbedOptions::default(),
    );
    let cosine = worst_cosine(&got, &expected(&folders[0], "embeddings").unwrap());
    assert!(cosine >= 0.9995, "{}: {cosine}", folders[0].display());
}

fn a_text_alone_equals_itself_in_a_batch(model_type: &str) {
    let (folders, texts) = checkpoints(model_type);
    let model = load(&folders[0], &[]);
    let together = embed(&model, &texts, &EmbedOptions::default());
    let alone: Vec<Tensor> = texts
        .iter()
        .map(|text| embed(&model, std::slice::from_ref(text), &EmbedOptions::default()))
        .collect();
    let far = difference(&Tensor::cat(&alone, 0), &together);
    assert!(far < 1e-5, "{}: {far:e}", folders[0].display());
}

macro_rules! checkpoint_tests {
    ($model_type:literal, checkpoints) => {
        #[test]
        fn checkpoints_are_equal() {
            super::checkpoints_are_equal($model_type);
        }

        #[test]
        fn bf16_points_the_same_way() {
            super::bf16_points_the_same_way($model_type);
        }

        #[test]
        fn a_text_alone_equals_itself_in_a_batch() {
            super::a_text_alone_equals_itself_in_a_batch($model_type);
        }
    };
}

macro_rules! families {
    ($($name:ident: $model_type:literal $(, $checkpoints:ident)?;)*) => {
        $(mod $name {
            #[test]
            fn each_field_flipped_is_equal_or_refused() {
                super::each_field_flipped_is_equal_or_refused($model_type);
            }

            #[test]
            fn without_a_mask() {
                super::without_a_mask($model_type);
            }
            $(checkpoint_tests!($model_type, $checkpoints);)?
        })*

        #[test]
        fn every_family_of_the_fixtures_is_tested() {
            for entry in std::fs::read_dir(fixtures("families")).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name();
                assert!(entry.path().is_file() || [$($model_type),*].contains(&name.to_str().unwrap()), "{name:?}");
            }
        }
    };
}

// BERT's checkpoints are those of tests/bert.rs.
families! {
    bert: "bert";
    roberta: "roberta", checkpoints;
    xlm_roberta: "xlm-roberta", checkpoints;
    camembert: "camembert", checkpoints;
    distilbert: "distilbert", checkpoints;
    mpnet: "mpnet", checkpoints;
    electra: "electra", checkpoints;
    albert: "albert", checkpoints;
    deberta_v2: "deberta-v2", checkpoints;
    modernbert: "modernbert", checkpoints;
    nomic_bert: "nomic_bert", checkpoints;
}
