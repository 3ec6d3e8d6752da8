//! BERT against `transformers` and sentence-transformers: the fixtures of tests/fixtures/bert, end to end and layer by layer.

mod support;

use std::path::PathBuf;

use glyxel::models::{self, TextInput};
use glyxel::tasks::embed::EmbedOptions;
use glyxel::torch;
use support::{difference, embed, expected, hidden_difference, json, load, with_definition, worst_cosine};
use tch::{nn, Kind, Tensor};

fn fixtures() -> PathBuf {
    support::fixtures("bert")
}

fn folders() -> Vec<PathBuf> {
    let folders = support::folders(&fixtures());
    assert!(folders.len() > 20, "the fixtures are gone");
    folders
}

fn texts() -> Vec<String> {
    support::texts(&fixtures().join("texts.json"))
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
    let seen: usize = folders()
        .iter()
        .map(|folder| support::prompts_are_put_before(folder, &texts()))
        .sum();
    assert!(seen >= 6, "only {seen} prompts were seen");
}

#[test]
fn token_counts_equal_those_of_transformers() {
    for folder in folders() {
        support::token_counts_are_equal(&folder, &load(&folder, &[]), &texts());
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
        let cosine = worst_cosine(&got, &expected);
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

#[test]
fn hidden_states_equal_those_of_transformers() {
    let mut seen = 0;
    for folder in folders() {
        let Some(expected) = expected(&folder, "last_hidden_state") else {
            continue;
        };
        let difference = hidden_difference(&folder, &expected, |_| {});
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
        let difference = hidden_difference(&folder, &expected, move |config| {
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
