//! Pictures → labels: of a head, and of one's own.

use std::sync::Arc;

use glyxel::bundle::Activation;
use glyxel::control::Call;
use glyxel::model::Model;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::tasks::{classify, zero_shot, TaskOptions};
use glyxel::Error;
use tch::Tensor;

use super::checkpoints::{model, near, pictures, rows};
use super::support::difference;

const LABELS: [&str; 3] = ["a cat", "two dogs", "the sea"];
const TEMPLATES: [&str; 3] = ["a blurry photo of {}.", "{}", "art of the {}, and {}!"];

#[test]
fn classes_have_their_names_and_probabilities() {
    let model = model("vit", &[]);
    let all = classify::images(&model, pictures(), &TaskOptions::default(), &Call::unwatched()).unwrap();
    let names = ["apple", "pear", "plum", "fig", "quince"];
    let probabilities: Vec<f32> = all
        .items()
        .iter()
        .flat_map(|item| {
            assert_eq!(item.len(), names.len());
            assert!(item.windows(2).all(|pair| pair[0].score >= pair[1].score));
            let mut by_index = item.clone();
            by_index.sort_by_key(|p| p.index);
            by_index.into_iter().map(|p| p.score)
        })
        .collect();
    for (index, name) in names.iter().enumerate() {
        assert_eq!(all.label(index), Some(*name));
    }
    near(&rows(&probabilities, 3), "vit", "probabilities");

    let logits = TaskOptions {
        activation: Some(Activation::None),
        top_k: 2,
        ..Default::default()
    };
    let two = classify::images(&model, pictures(), &logits, &Call::unwatched()).unwrap();
    for (two, all) in two.items().iter().zip(all.items()) {
        assert_eq!(two.len(), 2);
        assert_eq!((two[0].index, two[1].index), (all[0].index, all[1].index));
        let softmax = (f64::from(two[1].score) - f64::from(two[0].score)).exp() as f32;
        assert!((all[1].score / all[0].score - softmax).abs() < 1e-5);
    }
}

#[test]
fn a_head_without_names_numbers_its_classes() {
    let model = model("convnext", &[]);
    let predictions = classify::images(&model, pictures(), &TaskOptions::default(), &Call::unwatched()).unwrap();
    assert_eq!(predictions.label(3), Some("LABEL_3"));
    let classes = model.manifest().image.as_ref().unwrap().classes.as_ref().unwrap();
    assert_eq!(classes.source, "none");
}

/// SigLIP reads texts filled up to 64 tokens, and asks of each label by itself.
#[test]
fn texts_and_pictures_meet_in_siglip() {
    let model = model("siglip", &[]);
    let texts: Vec<String> = LABELS.iter().map(|label| label.to_string()).collect();
    let vectors = embed::texts(&model, texts.clone(), &EmbedOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&vectors, 3), "siglip", "text_embeddings");
    let scores = zero_shot::images(&model, pictures(), texts, &TaskOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&scores, 3), "siglip", "zero_shot");
}

#[test]
fn texts_and_pictures_meet() {
    let model = model("clip", &[]);
    let texts: Vec<String> = LABELS.iter().map(|label| label.to_string()).collect();
    let vectors = embed::texts(&model, texts.clone(), &EmbedOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&vectors, 3), "clip", "text_embeddings");
    let score = |options: &TaskOptions| {
        let scores = zero_shot::images(&model, pictures(), texts.clone(), options, &Call::unwatched());
        rows(&scores.unwrap(), 3)
    };
    near(&score(&TaskOptions::default()), "clip", "zero_shot");
    let template = TaskOptions {
        templates: vec!["{}".into()],
        ..Default::default()
    };
    assert!(difference(&score(&template), &score(&TaskOptions::default())) > 1e-4);
    let sigmoid = TaskOptions {
        activation: Some(Activation::Sigmoid),
        ..Default::default()
    };
    let logits = TaskOptions {
        activation: Some(Activation::None),
        ..Default::default()
    };
    assert!(difference(&score(&logits).sigmoid(), &score(&sigmoid)) < 1e-5);
    let nowhere = TaskOptions {
        templates: vec!["{}".into(), "a photo".into()],
        ..Default::default()
    };
    let refused = zero_shot::images(&model, Vec::new(), texts.clone(), &nowhere, &Call::unwatched());
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("{}")));
}

fn labelled(model: &Arc<Model>, labels: &[&str], templates: &[&str]) -> Tensor {
    let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
    let options = TaskOptions {
        templates: owned(templates),
        ..Default::default()
    };
    let scores = zero_shot::images(model, pictures(), owned(labels), &options, &Call::unwatched());
    rows(&scores.unwrap(), 3)
}

#[test]
fn several_templates_are_averaged() {
    for name in ["clip", "siglip"] {
        let model = model(name, &[]);
        let all = labelled(&model, &LABELS, &TEMPLATES);
        near(&all, name, "zero_shot.templates");
        let one = labelled(&model, &LABELS, &TEMPLATES[..1]);
        assert!(difference(&all, &one) > 1e-3, "{name}");
        // The mean of one sentence with itself is that sentence.
        assert!(difference(&labelled(&model, &LABELS, &[TEMPLATES[0]; 2]), &one) < 1e-5);
    }
}

/// So many sentences that they are embedded in several parts.
#[test]
fn many_labels_in_many_templates() {
    let model = model("siglip", &[]);
    let many: Vec<&str> = LABELS.iter().copied().cycle().take(1502).collect();
    let scores = labelled(&model, &many, &TEMPLATES);
    let expected = labelled(&model, &LABELS, &TEMPLATES)
        .repeat([1, 501])
        .narrow(1, 0, 1502);
    assert!(difference(&scores, &expected) < 1e-5);
}
