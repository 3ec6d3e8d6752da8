//! A task that a model cannot do: the error says what was asked, what the model can do, and which kind of model to take.

use std::ptr::{null, null_mut};

use glyxel::ffi::classify::*;
use glyxel::ffi::pairs::*;
use glyxel::ffi::tokens::*;
use glyxel::ffi::zero_shot::*;

use super::heads;
use super::pictures::*;
use super::support::*;

/// What each function says of a model, by the function's name.
fn said(model: &Model) -> Vec<(&'static str, Status, String)> {
    let (image, texts, mut out) = (encoded(png()), strs(&["a"]), vec![7.5; 4096]);
    let (m, t, room, mut counts) = (model.0, texts.as_ptr(), out.as_mut_ptr(), [0; 1]);
    let predictions = |predict: &dyn Fn(*mut *mut glyxel::ffi::predictions::glyxel_predictions, Err) -> Status| {
        let mut predictions = null_mut();
        let told = outcome(|err| predict(&mut predictions, err));
        unsafe { glyxel::ffi::predictions::glyxel_predictions_free(predictions) };
        told
    };
    let said = unsafe {
        [
            (
                "embed_texts",
                outcome(|err| glyxel_embed_texts(m, t, 1, null(), null_mut(), room, 4096, err)),
            ),
            (
                "embed_tokens",
                outcome(|err| {
                    let mut tokens = null_mut();
                    let status = glyxel_embed_tokens(m, t, 1, null(), null_mut(), &mut tokens, err);
                    glyxel_tokens_free(tokens);
                    status
                }),
            ),
            (
                "classify_texts",
                predictions(&|out, err| glyxel_classify_texts(m, t, 1, null(), null_mut(), out, err)),
            ),
            (
                "score_pairs",
                outcome(|err| glyxel_score_pairs(m, t, t, 1, null(), null_mut(), room, 1, err)),
            ),
            (
                "zero_shot_texts",
                outcome(|err| glyxel_zero_shot_texts(m, t, 1, t, 1, null(), null_mut(), room, 1, err)),
            ),
            (
                "embed_images",
                outcome(|err| glyxel_embed_images(m, &image, 1, null(), null_mut(), room, 4096, err)),
            ),
            (
                "classify_images",
                predictions(&|out, err| glyxel_classify_images(m, &image, 1, null(), null_mut(), out, err)),
            ),
            (
                "zero_shot_images",
                outcome(|err| glyxel_zero_shot_images(m, &image, 1, t, 1, null(), null_mut(), room, 1, err)),
            ),
            (
                "read texts",
                outcome(|err| glyxel_count_tokens(m, t, 1, counts.as_mut_ptr(), 1, err)),
            ),
        ]
    };
    said.map(|(task, (status, sentence))| (task, status, sentence)).to_vec()
}

/// What says of each task which kind of model to take.
const KINDS: [(&str, &str); 9] = [
    ("embed_texts", "text encoder"),
    ("embed_tokens", "text encoder"),
    ("classify_texts", "ForSequenceClassification"),
    ("score_pairs", "cross-encoder"),
    ("zero_shot_texts", "inference (NLI)"),
    ("embed_images", "image encoder"),
    ("classify_images", "ForImageClassification"),
    ("zero_shot_images", "CLIP or SigLIP"),
    ("read texts", "text encoder"),
];

#[track_caller]
fn can(model: &Model, tasks: &[&str]) {
    for ((task, status, sentence), (named, kind)) in said(model).into_iter().zip(KINDS) {
        assert_eq!(task, named);
        if tasks.contains(&task) || (task == "read texts" && tasks.iter().any(|task| task.contains("texts"))) {
            assert_eq!(status, GLYXEL_OK, "{task}: {sentence}");
            continue;
        }
        assert_eq!(status, GLYXEL_UNSUPPORTED, "{task}: {sentence}");
        for part in [format!("cannot {task};"), format!("it can {};", tasks.join(", "))] {
            assert!(sentence.contains(&part), "{task}: {sentence:?} does not say {part:?}");
        }
        let take = sentence.split("take ").nth(1).unwrap_or_default();
        assert!(
            take.contains(kind),
            "{task}: {sentence:?} does not tell to take {kind:?}"
        );
    }
}

#[test]
fn models_say_what_they_can_do() {
    let ((vit, clip), (bert, _), heads) = (models(), shared(), heads::models());
    can(bert, &["embed_texts", "embed_tokens"]);
    can(
        &heads.nli,
        &["embed_texts", "embed_tokens", "classify_texts", "zero_shot_texts"],
    );
    can(
        &heads.cross_encoder,
        &["embed_texts", "embed_tokens", "classify_texts", "score_pairs"],
    );
    can(vit, &["embed_images", "classify_images"]);
    can(clip, &["embed_texts", "embed_images", "zero_shot_images"]);
}
