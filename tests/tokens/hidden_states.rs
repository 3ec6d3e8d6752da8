//! Every hidden state of every family.

use std::collections::BTreeMap;
use std::path::PathBuf;

use glyxel::control::Call;
use glyxel::models::TextInput;
use glyxel::tasks::embed::Normalize;
use glyxel::tasks::embed_tokens::{self, TokenOptions, TokenVectors};
use glyxel::{Error, Model};
use std::sync::Arc;
use tch::Tensor;

use super::support::{difference, expected, fixtures, load, masked, texts, with_definition};

/// The checkpoints that have expected states, with these.
fn checkpoints() -> BTreeMap<String, Vec<Tensor>> {
    let mut found: BTreeMap<String, Vec<(usize, Tensor)>> = BTreeMap::new();
    let tensors = Tensor::read_safetensors(fixtures("tokens").join("hidden_states.safetensors")).unwrap();
    for (name, tensor) in tensors {
        let (folder, state) = name.rsplit_once('.').unwrap();
        found
            .entry(folder.into())
            .or_default()
            .push((state.parse().unwrap(), tensor));
    }
    let sorted = |mut states: Vec<(usize, Tensor)>| {
        states.sort_by_key(|(state, _)| *state);
        states.into_iter().map(|(_, tensor)| tensor).collect()
    };
    found
        .into_iter()
        .map(|(folder, states)| (folder, sorted(states)))
        .collect()
}

fn folder(name: &str) -> PathBuf {
    fixtures(name)
}

#[test]
fn a_definition_gives_those_of_transformers() {
    let checkpoints = checkpoints();
    for family in [
        "bert",
        "roberta",
        "xlm-roberta",
        "camembert",
        "distilbert",
        "mpnet",
        "electra",
        "albert",
        "deberta-v2",
        "modernbert",
        "nomic_bert",
    ] {
        let has = |name: &String| name.starts_with(&format!("{family}/")) || name.contains(&format!("/{family}/"));
        assert!(checkpoints.keys().any(has), "{family} is not among them");
    }
    for (name, states) in checkpoints {
        let of = |what: &str| expected(&folder(&name), what);
        let (ids, mask, type_ids) = (
            of("input_ids").unwrap(),
            of("attention_mask").unwrap(),
            of("token_type_ids"),
        );
        let for_encoder = mask.shallow_clone();
        let found = with_definition(
            folder(&name),
            |_| {},
            move |_, encoder| {
                let input = TextInput {
                    ids: &ids,
                    mask: Some(&for_encoder),
                    type_ids: type_ids.as_ref(),
                };
                assert_eq!(
                    encoder.facts().layers as usize + 1,
                    encoder.hidden_states(&input, false).len()
                );
                encoder.hidden_states(&input, false)
            },
        );
        assert_eq!(found.len(), states.len(), "{name}");
        for (i, (found, expected)) in found.iter().zip(&states).enumerate() {
            let difference = difference(&masked(found, &mask), &masked(expected, &mask));
            assert!(difference < 1e-5, "{name}, state {i}: {difference:e}");
        }
    }
}

fn embed(model: &Arc<Model>, texts: &[String], options: &TokenOptions) -> Result<TokenVectors, Error> {
    embed_tokens::texts(model, texts.to_vec(), options, &Call::unwatched())
}

fn with_layer(layer: i32) -> TokenOptions {
    TokenOptions {
        layer,
        ..Default::default()
    }
}

/// Of one text, the definition's state is what the loaded model gives: the batch, the rewritten graph and the part of it that is run.
#[test]
fn a_loaded_model_gives_those_of_its_definition() {
    let texts = texts(&fixtures("families").join("texts.json"));
    for name in [
        "families/albert/groups",
        "families/deberta-v2/v2_conv",
        "families/modernbert/plain",
        "families/roberta/plain",
        "bert/st_mean",
    ] {
        let model = load(&folder(name), &[]);
        let layers = model.text().unwrap().manifest().layers as i32;
        let last = embed(&model, &texts, &with_layer(0)).unwrap();
        assert_eq!(
            last.vectors,
            embed(&model, &texts, &with_layer(layers)).unwrap().vectors,
            "{name}"
        );
        for layer in 1..=layers {
            let from_end = embed(&model, &texts, &with_layer(layer - layers - 1)).unwrap();
            assert_eq!(
                from_end.vectors,
                embed(&model, &texts, &with_layer(layer)).unwrap().vectors,
                "{name}, {layer}"
            );
        }
        for layer in -layers - 1..0 {
            let found = embed(&model, &texts, &with_layer(layer)).unwrap();
            let mut first = 0;
            for (item, count) in found.counts.iter().enumerate() {
                let ids: Vec<i64> = (0..*count)
                    .map(|t| i64::from(found.token(item, t).unwrap().id))
                    .collect();
                let states = with_definition(
                    folder(name),
                    |_| {},
                    move |_, encoder| {
                        let ids = Tensor::from_slice(&ids).unsqueeze(0);
                        let input = TextInput {
                            ids: &ids,
                            mask: None,
                            type_ids: None,
                        };
                        encoder.hidden_states(&input, false)
                    },
                );
                let expected = states[(layers + 1 + layer) as usize].squeeze_dim(0);
                let rows = &found.vectors[first * found.dim..(first + count) * found.dim];
                let rows = Tensor::from_slice(rows).view([*count as i64, found.dim as i64]);
                let difference = difference(&rows, &expected);
                assert!(difference < 1e-5, "{name}, layer {layer}, text {item}: {difference:e}");
                first += count;
            }
        }
    }
}

#[test]
fn vectors_are_of_length_1_if_that_is_asked_for() {
    let model = load(&folder("bert/st_mean"), &[]);
    let texts = ["the film was good".to_string()];
    let with = |normalize| {
        let options = TokenOptions {
            normalize,
            ..Default::default()
        };
        embed(&model, &texts, &options).unwrap()
    };
    let (plain, normal) = (with(Normalize::No), with(Normalize::Yes));
    assert_eq!(plain.vectors, with(Normalize::AsModel).vectors);
    for (plain, normal) in plain.vectors.chunks(plain.dim).zip(normal.vectors.chunks(plain.dim)) {
        let length = plain.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!(plain.iter().zip(normal).all(|(p, n)| (p / length - n).abs() < 1e-6));
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let model = load(&folder("bert/st_mean"), &[]);
    let layers = model.text().unwrap().manifest().layers as i32;
    for layer in [layers + 1, -layers - 2, i32::MIN, i32::MAX] {
        let error = embed(&model, &[], &with_layer(layer)).err().unwrap();
        assert!(
            matches!(&error, Error::InvalidArgument(s) if s.contains(&format!("layer is {layer}"))),
            "{error}"
        );
    }
    let query = TokenOptions {
        role: embed_tokens::Role::Query,
        ..Default::default()
    };
    assert!(matches!(embed(&model, &[], &query), Err(Error::Unsupported(s)) if s.contains("ColBERT")));
    let bart = load(&fixtures("heads").join("bart"), &[]);
    assert!(matches!(embed(&bart, &[], &with_layer(0)), Err(Error::Unsupported(s)) if s.contains("embed_tokens")));
    let clip = load(&fixtures("images").join("clip"), &[]);
    assert!(matches!(embed(&clip, &[], &with_layer(0)), Err(Error::Unsupported(s)) if s.contains("embed_tokens")));
    let exported = load(&fixtures("export").join("t5.pt"), &[]);
    assert!(
        matches!(embed(&exported, &[], &with_layer(0)), Err(Error::Unsupported(s)) if s.contains("convert it again"))
    );
}

/// It is read again when the first hidden state is asked for, and checked again.
#[test]
fn a_bundle_may_be_deleted_or_be_in_memory_but_not_changed() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("model.pt");
    load(&folder("bert/st_mean"), &[]).save(&path).unwrap();
    let texts = ["the film was good".to_string()];
    let vectors = |model: &Arc<Model>| embed(model, &texts, &with_layer(-1)).map(|found| found.vectors);

    let bytes = std::fs::read(&path).unwrap();
    let options = glyxel::options::Options::default();
    let in_memory = Arc::new(Model::load_memory(bytes.clone(), &options, &Call::unwatched()).unwrap());
    let expected = vectors(&in_memory).unwrap();
    let (changed, deleted) = (load(&path, &[]), load(&path, &[]));
    let mut damaged = bytes;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    assert!(matches!(vectors(&changed), Err(Error::BadModel(s)) if s.contains("changed")));
    damaged[middle] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(vectors(&deleted).unwrap(), expected);
}
