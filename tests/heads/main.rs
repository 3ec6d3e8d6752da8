//! Heads for whole texts, on small checkpoints of every family: labels, scores of pairs and zero-shot labels equal to those of
//! `transformers`' pipelines and sentence-transformers' CrossEncoder (tests/python/head_fixtures.py).

mod refused;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use glyxel::bundle::Activation;
use glyxel::control::Call;
use glyxel::tasks::embed::EmbedOptions;
use glyxel::tasks::pairs::{self, Pair};
use glyxel::tasks::{classify, entailment, TaskOptions};
use glyxel::Model;
use serde_json::{json, Value};
use support::{difference, expected, fixtures, json, load};
use tch::Tensor;

/// Each has a checkpoint of its name, with the labels of NLI.
const FAMILIES: [&str; 12] = [
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
    "bart",
];

fn model(name: &str) -> Arc<Model> {
    load(&fixtures("heads").join(name), &[])
}

fn facts(name: &str) -> Value {
    json(&fixtures("heads").join(name).join("expected.json"))
}

fn wanted(name: &str, what: &str) -> Tensor {
    expected(&fixtures("heads").join(name), what).unwrap_or_else(|| panic!("{name} has no {what}"))
}

fn texts() -> Vec<String> {
    serde_json::from_value(json(&fixtures("heads").join("inputs.json"))["texts"].clone()).unwrap()
}

fn text_pairs() -> Vec<(String, String)> {
    serde_json::from_value(json(&fixtures("heads").join("inputs.json"))["pairs"].clone()).unwrap()
}

fn shared() -> Vec<Pair> {
    let pair = |(a, b): (String, String)| (Arc::new(a), Arc::new(b));
    text_pairs().into_iter().map(pair).collect()
}

fn with(activation: Activation) -> TaskOptions {
    TaskOptions {
        activation: Some(activation),
        ..Default::default()
    }
}

fn classified(model: &Arc<Model>, texts: Vec<String>, options: &TaskOptions) -> Vec<Vec<(String, f64)>> {
    let predictions = classify::texts(model, texts, options, &Call::unwatched()).unwrap();
    let named = |p: &classify::Prediction| (predictions.label(p.index).unwrap().to_string(), f64::from(p.score));
    predictions
        .items()
        .iter()
        .map(|item| item.iter().map(named).collect())
        .collect()
}

fn logits(model: &Arc<Model>, texts: Vec<String>) -> Tensor {
    let options = with(Activation::None);
    let predictions = classify::texts(model, texts, &options, &Call::unwatched()).unwrap();
    let row = |item: &Vec<classify::Prediction>| {
        let mut row = vec![f32::NAN; item.len()];
        item.iter().for_each(|p| row[p.index] = p.score);
        Tensor::from_slice(&row)
    };
    Tensor::stack(&predictions.items().iter().map(row).collect::<Vec<_>>(), 0)
}

fn scores(model: &Arc<Model>, options: &TaskOptions) -> Tensor {
    Tensor::from_slice(&pairs::score(model, shared(), options, &Call::unwatched()).unwrap())
}

/// Logits, labels in their order, scores, and zero-shot labels, as far as the fixture has them.
fn classifies(name: &str) {
    let (model, facts) = (model(name), facts(name));
    let got = logits(&model, texts());
    let far = difference(&got, &wanted(name, "logits"));
    assert!(far < 1e-5, "{name}: logits: {far:e}");

    let items = classified(&model, texts(), &TaskOptions::default());
    let expected: Vec<Vec<(String, f64)>> = serde_json::from_value(facts["predictions"].clone()).unwrap();
    assert_eq!(items.len(), expected.len());
    for (item, expected) in items.iter().zip(&expected) {
        for ((label, score), (wanted, precise)) in item.iter().zip(expected) {
            assert_eq!(label, wanted, "{name}");
            assert!(
                (score - precise).abs() < 1e-5 * precise.abs().max(1.),
                "{name}: {score} {precise}"
            );
        }
        assert_eq!(item.len(), expected.len());
    }

    for asked in facts["zero_shot"].as_array().into_iter().flatten() {
        let labels: Vec<String> = serde_json::from_value(asked["labels"].clone()).unwrap();
        let options = TaskOptions {
            activation: (asked["multi_label"] == true).then_some(Activation::Sigmoid),
            templates: vec![asked["template"].as_str().unwrap().into()],
            ..Default::default()
        };
        let texts = texts().into_iter().filter(|text| !text.is_empty()).collect();
        let got = entailment::texts(&model, texts, labels, &options, &Call::unwatched()).unwrap();
        let expected: Vec<Vec<f32>> = serde_json::from_value(asked["scores"].clone()).unwrap();
        let far = difference(&Tensor::from_slice(&got), &Tensor::from_slice(&expected.concat()));
        assert!(far < 1e-5, "{name}: {asked}: {far:e}");
    }
}

/// The mean of the pipeline's scores with each template.
#[test]
fn several_templates_are_averaged() {
    for name in ["bert", "bart"] {
        let (model, facts) = (model(name), facts(name));
        for n in [3, 1] {
            for multi_label in [false, true] {
                let fits = |asked: &&Value| {
                    asked["labels"].as_array().unwrap().len() == n && asked["multi_label"] == multi_label
                };
                let asked: Vec<&Value> = facts["zero_shot"].as_array().unwrap().iter().filter(fits).collect();
                let strings = |what: &Value| serde_json::from_value::<Vec<String>>(what.clone()).unwrap();
                let options = TaskOptions {
                    activation: multi_label.then_some(Activation::Sigmoid),
                    templates: asked.iter().map(|a| a["template"].as_str().unwrap().into()).collect(),
                    ..Default::default()
                };
                let filled = texts().into_iter().filter(|text| !text.is_empty()).collect();
                let call = Call::unwatched();
                let got = entailment::texts(&model, filled, strings(&asked[0]["labels"]), &options, &call).unwrap();
                let scores = asked.iter().map(|a| {
                    let rows: Vec<Vec<f32>> = serde_json::from_value(a["scores"].clone()).unwrap();
                    Tensor::from_slice(&rows.concat())
                });
                let scores = Tensor::stack(&scores.collect::<Vec<_>>(), 0);
                assert_eq!(scores.size()[0], 2);
                let mean = scores.mean_dim(0, false, tch::Kind::Float);
                let far = difference(&Tensor::from_slice(&got), &mean);
                assert!(far < 1e-5, "{name}: {asked:?}: {far:e}");
            }
        }
    }
}

#[test]
fn every_family_classifies_as_transformers_does() {
    FAMILIES.iter().for_each(|family| classifies(family));
}

#[test]
fn every_option_of_a_head() {
    for name in [
        "bert_without_types",
        "bert_unnamed",
        "bert_many_labels",
        "bert_regression",
        "electra_types",
        "deberta-v2_tanh",
        "modernbert_mean",
        "bart_scaled",
    ] {
        classifies(name);
    }
}

#[test]
fn every_fixture_is_tested() {
    let folders = support::folders(&fixtures("heads"));
    // Families, their cross-encoders but BART's, BERT's second cross-encoder, and the options above.
    assert_eq!(folders.len(), 12 + 11 + 1 + 8);
    for family in FAMILIES {
        assert!(
            facts(family)["zero_shot"]
                .as_array()
                .is_some_and(|asked| asked.len() == 8),
            "{family}"
        );
    }
}

fn scores_pairs(name: &str) {
    let model = model(name);
    for (options, what) in [
        (TaskOptions::default(), "scores"),
        (with(Activation::None), "scores.none"),
        (with(Activation::Sigmoid), "scores.sigmoid"),
    ] {
        let far = difference(&scores(&model, &options), &wanted(name, what));
        assert!(far < 1e-5, "{name}: {what}: {far:e}");
    }
}

#[test]
fn every_family_scores_pairs_as_cross_encoders_do() {
    for family in FAMILIES.iter().filter(|family| **family != "bart") {
        scores_pairs(&format!("{family}_cross_encoder"));
    }
}

#[test]
fn a_cross_encoder_saved_by_itself_and_a_regression() {
    scores_pairs("bert_cross_encoder_saved");
    scores_pairs("bert_regression");
    let model = model("bert_cross_encoder_saved");
    assert_eq!(model.text().unwrap().manifest().score, Some(Activation::None));
}

#[test]
fn texts_and_pairs_alone_equal_themselves_in_a_batch() {
    for name in ["bert", "modernbert_mean", "bart"] {
        let model = model(name);
        let alone: Vec<Tensor> = texts().into_iter().map(|text| logits(&model, vec![text])).collect();
        let far = difference(&Tensor::cat(&alone, 0), &logits(&model, texts()));
        assert!(far < 1e-5, "{name}: {far:e}");
    }
}

#[test]
fn bf16_is_near() {
    for name in FAMILIES {
        let model = load(&fixtures("heads").join(name), &[("precision", "bf16")]);
        let (got, wanted) = (logits(&model, texts()), wanted(name, "logits"));
        let far = (&got - &wanted).norm().double_value(&[]) / wanted.norm().double_value(&[]);
        assert!(far < 0.05, "{name}: {far:e}");
    }
}

#[test]
fn top_k_gives_the_best() {
    let model = model("bert");
    let options = |top_k| TaskOptions {
        top_k,
        ..Default::default()
    };
    let (all, best) = (
        classified(&model, texts(), &options(0)),
        classified(&model, texts(), &options(1)),
    );
    assert!(all
        .iter()
        .zip(&best)
        .all(|(all, best)| best.len() == 1 && all[0] == best[0]));
}

#[test]
fn a_headed_checkpoint_embeds_as_before_and_says_what_it_can() {
    let bert = model("bert");
    let info: Value = serde_json::from_str(bert.info()).unwrap();
    assert_eq!(
        info["tasks"],
        json!(["embed_texts", "embed_tokens", "classify_texts", "zero_shot_texts"])
    );
    assert_eq!(
        support::embed(&bert, &texts(), &EmbedOptions::default()).size(),
        [12, 12]
    );
    let bart = model("bart");
    let info: Value = serde_json::from_str(bart.info()).unwrap();
    assert_eq!(
        (info["tasks"].clone(), bart.dim()),
        (json!(["classify_texts", "zero_shot_texts"]), 0)
    );
    let scorer: Value = serde_json::from_str(model("bert_cross_encoder").info()).unwrap();
    assert_eq!(
        scorer["tasks"],
        json!(["embed_texts", "embed_tokens", "classify_texts", "score_pairs"])
    );
}
