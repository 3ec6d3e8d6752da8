//! Heads for texts through the C functions: every bad input a status and a sentence, outputs untouched.

use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use glyxel::ffi::classify::*;
use glyxel::ffi::pairs::*;
use glyxel::ffi::predictions::*;
use glyxel::ffi::zero_shot::*;

use super::support::*;

pub struct Models {
    /// Three labels, one of them "entailment".
    pub nli: Model,
    pub cross_encoder: Model,
}

pub fn models() -> &'static Models {
    static MODELS: OnceLock<Models> = OnceLock::new();
    let folder = |name: &str| fixture("../heads").join(name);
    MODELS.get_or_init(|| Models {
        nli: load(&folder("bert")),
        cross_encoder: load(&folder("bert_cross_encoder")),
    })
}

fn bad_utf8() -> glyxel_str {
    glyxel_str {
        ptr: b"ab\xff".as_ptr().cast(),
        len: 3,
    }
}

/// The sentence with which each of the three is refused, its output untouched: classify, score, zero-shot.
#[track_caller]
fn all_refused(status: Status, texts: *const glyxel_str, n: usize, o: *const glyxel_task_options) -> [String; 3] {
    let models = models();
    let (right, untouched) = (strs(&["a", "b"]), std::ptr::dangling_mut());
    let mut predictions = untouched;
    let place = &raw mut predictions;
    let classified = refused(status, |err| unsafe {
        glyxel_classify_texts(models.nli.0, texts, n, o, null_mut(), place, err)
    });
    assert_eq!(predictions, untouched);
    let mut out = [7.5; 4];
    let room = out.as_mut_ptr();
    let first = if n <= 2 { right.as_ptr() } else { texts };
    let scored = refused(status, |err| unsafe {
        glyxel_score_pairs(
            models.cross_encoder.0,
            first,
            texts,
            n,
            o,
            null_mut(),
            room,
            4.max(n),
            err,
        )
    });
    let labelled = refused(status, |err| unsafe {
        glyxel_zero_shot_texts(
            models.nli.0,
            texts,
            n,
            right.as_ptr(),
            1,
            o,
            null_mut(),
            room,
            4.max(n),
            err,
        )
    });
    assert_eq!(out, [7.5; 4]);
    [classified, scored, labelled]
}

#[test]
fn bad_texts() {
    let texts = [glyxel_str::new("a"), bad_utf8()];
    let [classified, scored, labelled] = all_refused(GLYXEL_INVALID_ARGUMENT, texts.as_ptr(), 2, null());
    assert!(
        classified.contains("texts[1]") && labelled.contains("texts[1]"),
        "{classified} {labelled}"
    );
    assert!(scored.contains("b[1]") && scored.contains("offset 2"), "{scored}");
    let [classified, scored, _] = all_refused(GLYXEL_INVALID_ARGUMENT, null(), 2, null());
    assert!(
        classified.contains("texts is NULL") && scored.contains("b is NULL"),
        "{classified} {scored}"
    );
    all_refused(GLYXEL_INVALID_ARGUMENT, texts.as_ptr(), usize::MAX, null());
    let null_text = [glyxel_str { ptr: null(), len: 3 }];
    all_refused(GLYXEL_INVALID_ARGUMENT, null_text.as_ptr(), 1, null());
    let mut out = [7.5];
    let (right, room) = (strs(&["a"]), out.as_mut_ptr());
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        let model = models().cross_encoder.0;
        glyxel_score_pairs(model, null(), right.as_ptr(), 1, null(), null_mut(), room, 1, err)
    });
    assert!(sentence.contains("a is NULL"), "{sentence}");
    let bad = [bad_utf8()];
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_zero_shot_texts(
            models().nli.0,
            right.as_ptr(),
            1,
            bad.as_ptr(),
            1,
            null(),
            null_mut(),
            room,
            1,
            err,
        )
    });
    assert!(sentence.contains("labels[0]"), "{sentence}");
}

#[test]
fn bad_options() {
    let texts = strs(&["a"]);
    let sentences = |status, o: glyxel_task_options| all_refused(status, texts.as_ptr(), 1, &o);
    for activation in [-1, 4, i32::MIN] {
        for sentence in sentences(
            GLYXEL_INVALID_ARGUMENT,
            glyxel_task_options {
                activation,
                ..default_task()
            },
        ) {
            assert!(sentence.contains("softmax"), "{sentence}");
        }
    }
    sentences(
        GLYXEL_UNSUPPORTED,
        glyxel_task_options {
            reserved: 1,
            ..default_task()
        },
    );
    sentences(
        GLYXEL_INVALID_ARGUMENT,
        glyxel_task_options {
            struct_size: 7,
            ..default_task()
        },
    );
    let mut out = [7.5];
    let room = out.as_mut_ptr();
    let softmax = glyxel_task_options {
        activation: 2,
        ..default_task()
    };
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        let model = models().cross_encoder.0;
        glyxel_score_pairs(
            model,
            texts.as_ptr(),
            texts.as_ptr(),
            1,
            &softmax,
            null_mut(),
            room,
            1,
            err,
        )
    });
    assert!(sentence.contains("always 1"), "{sentence}");
    let template = glyxel_task_options {
        template_: glyxel_str::new("no place"),
        ..default_task()
    };
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        let model = models().nli.0;
        glyxel_zero_shot_texts(
            model,
            texts.as_ptr(),
            1,
            texts.as_ptr(),
            1,
            &template,
            null_mut(),
            room,
            1,
            err,
        )
    });
    assert!(sentence.contains("{}"), "{sentence}");
    let several = strs(&["{}", "no place"]);
    let templates = glyxel_task_options {
        templates: several.as_ptr(),
        n_templates: 2,
        ..default_task()
    };
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        let (model, t) = (models().nli.0, texts.as_ptr());
        glyxel_zero_shot_texts(model, t, 1, t, 1, &templates, null_mut(), room, 1, err)
    });
    assert!(sentence.contains("no place"), "{sentence}");
    assert_eq!(out, [7.5]);
}

#[test]
fn handles_that_are_none() {
    let (texts, freed) = (strs(&["a"]), load(&fixture("../heads").join("bert_cross_encoder")));
    let (t, handle) = (texts.as_ptr(), freed.0);
    drop(freed);
    let mut out = [7.5];
    let room = out.as_mut_ptr();
    refused(GLYXEL_INVALID_HANDLE, |err| unsafe {
        glyxel_classify_texts(handle, t, 1, null(), null_mut(), &mut null_mut(), err)
    });
    refused(GLYXEL_INVALID_HANDLE, |err| unsafe {
        glyxel_score_pairs(handle, t, t, 1, null(), null_mut(), room, 1, err)
    });
    refused(GLYXEL_INVALID_HANDLE, |err| unsafe {
        glyxel_zero_shot_texts(handle, t, 1, t, 1, null(), null_mut(), room, 1, err)
    });
    assert_eq!(out, [7.5]);
}

#[test]
fn a_cancelled_call_ends() {
    let (control, texts) = (control(), strs(&["a"]));
    let t = texts.as_ptr();
    unsafe { glyxel_control_cancel(control.0) };
    let mut out = [7.5];
    let room = out.as_mut_ptr();
    let models = models();
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_classify_texts(models.nli.0, t, 1, null(), control.0, &mut null_mut(), err)
    });
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_score_pairs(models.cross_encoder.0, t, t, 1, null(), control.0, room, 1, err)
    });
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_zero_shot_texts(models.nli.0, t, 1, t, 1, null(), control.0, room, 1, err)
    });
    assert_eq!(out, [7.5]);
}

#[test]
fn what_they_give() {
    let models = models();
    let texts = strs(&["The film was good.", "", "a NUL\0inside"]);
    let t = texts.as_ptr();
    let options = glyxel_task_options {
        top_k: 2,
        ..default_task()
    };
    let mut predictions = null_mut();
    accepted(|err| unsafe { glyxel_classify_texts(models.nli.0, t, 3, &options, null_mut(), &mut predictions, err) });
    for item in 0..3 {
        let (mut label, mut score) = (EMPTY, [0.; 2]);
        unsafe {
            assert_eq!(glyxel_predictions_count(predictions, item), 2);
            for (rank, score) in score.iter_mut().enumerate() {
                let status = glyxel_predictions_get(predictions, item, rank, &mut label, null_mut(), score);
                assert_eq!(status, GLYXEL_OK);
            }
            let label = std::slice::from_raw_parts(label.ptr.cast::<u8>(), label.len);
            assert!([&b"contradiction"[..], b"neutral", b"entailment"].contains(&label));
        }
        assert!(score[0] >= score[1] && score[0] <= 1. && score[1] >= 0.);
    }
    unsafe { glyxel_predictions_free(predictions) };
    let mut scores = [f32::NAN; 9];
    let room = scores.as_mut_ptr();
    accepted(|err| unsafe { glyxel_zero_shot_texts(models.nli.0, t, 3, t, 3, null(), null_mut(), room, 9, err) });
    for row in scores.chunks(3) {
        assert!((row.iter().sum::<f32>() - 1.).abs() < 1e-5, "{row:?}");
    }
    let (mut logits, mut sigmoids) = ([f32::NAN; 3], [f32::NAN; 3]);
    let score = |activation, out: &mut [f32; 3]| {
        let options = glyxel_task_options {
            activation,
            ..default_task()
        };
        let room = out.as_mut_ptr();
        accepted(|err| unsafe {
            glyxel_score_pairs(models.cross_encoder.0, t, t, 3, &options, null_mut(), room, 3, err)
        });
    };
    score(1, &mut logits);
    score(3, &mut sigmoids);
    for (logit, sigmoid) in logits.iter().zip(sigmoids) {
        assert!((1. / (1. + (-logit).exp()) - sigmoid).abs() < 1e-6);
    }
}
