//! No items, and no room for what they give.

use std::ptr::{null, null_mut};

use glyxel::ffi::classify::*;
use glyxel::ffi::duplicates::*;
use glyxel::ffi::pairs::*;
use glyxel::ffi::predictions::*;
use glyxel::ffi::quantize::*;
use glyxel::ffi::similarity::*;
use glyxel::ffi::zero_shot::*;

use super::heads;
use super::pictures::*;
use super::support::*;

#[test]
fn no_pictures_and_no_room() {
    let (vit, clip) = models();
    let (image, labels) = (encoded(png()), strs(&["a", "b"]));
    accepted(|err| unsafe { glyxel_embed_images(vit.0, null(), 0, null(), null_mut(), null_mut(), 0, err) });
    let mut predictions = null_mut();
    accepted(|err| unsafe { glyxel_classify_images(vit.0, null(), 0, null(), null_mut(), &mut predictions, err) });
    unsafe {
        assert_eq!(glyxel_predictions_count(predictions, 0), 0);
        glyxel_predictions_free(predictions);
    }
    for (n, n_labels) in [(0, 2), (1, 0), (0, 0)] {
        accepted(|err| unsafe {
            glyxel_zero_shot_images(
                clip.0,
                &image,
                n,
                labels.as_ptr(),
                n_labels,
                null(),
                null_mut(),
                null_mut(),
                0,
                err,
            )
        });
    }
    let mut scores = [7.5; 1];
    let room = scores.as_mut_ptr();
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_zero_shot_images(clip.0, &image, 1, labels.as_ptr(), 2, null(), null_mut(), room, 1, err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_images(vit.0, &image, 1, null(), null_mut(), room, 1, err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_images(vit.0, null(), 1, null(), null_mut(), room, 1000, err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_images(vit.0, &image, usize::MAX, null(), null_mut(), room, usize::MAX, err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_classify_images(vit.0, &image, usize::MAX / 8, null(), null_mut(), &mut null_mut(), err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_classify_images(vit.0, &image, 1, null(), null_mut(), null_mut(), err)
    });
    assert_eq!(scores, [7.5; 1]);
}

#[test]
fn no_texts_and_no_room() {
    let (models, texts) = (heads::models(), strs(&["a", "b"]));
    let t = texts.as_ptr();
    let mut predictions = null_mut();
    accepted(|err| unsafe {
        glyxel_classify_texts(models.nli.0, null(), 0, null(), null_mut(), &mut predictions, err)
    });
    unsafe {
        assert_eq!(glyxel_predictions_count(predictions, 0), 0);
        glyxel_predictions_free(predictions);
    }
    let scorer = models.cross_encoder.0;
    accepted(|err| unsafe { glyxel_score_pairs(scorer, null(), null(), 0, null(), null_mut(), null_mut(), 0, err) });
    for (n, n_labels) in [(0, 2), (2, 0), (0, 0)] {
        accepted(|err| unsafe {
            glyxel_zero_shot_texts(models.nli.0, t, n, t, n_labels, null(), null_mut(), null_mut(), 0, err)
        });
    }
    let mut out = [7.5];
    let room = out.as_mut_ptr();
    for (place, len) in [(room, 1), (null_mut(), 2)] {
        refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            glyxel_score_pairs(scorer, t, t, 2, null(), null_mut(), place, len, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            glyxel_zero_shot_texts(models.nli.0, t, 1, t, 2, null(), null_mut(), place, len, err)
        });
    }
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_classify_texts(models.nli.0, t, 1, null(), null_mut(), null_mut(), err)
    });
    assert_eq!(out, [7.5]);
}

/// A template without a place for labels is wrong, whether there are labels or not.
#[test]
fn no_labels_and_a_template_without_a_place() {
    let ((_, clip), nli) = (models(), &heads::models().nli);
    let (image, texts) = (encoded(png()), strs(&["a"]));
    let options = glyxel_task_options {
        template_: glyxel_str::new("no place"),
        ..default_task()
    };
    for n in [0, 1] {
        let pictures = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            glyxel_zero_shot_images(clip.0, &image, n, null(), 0, &options, null_mut(), null_mut(), 0, err)
        });
        let texts = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            let t = texts.as_ptr();
            glyxel_zero_shot_texts(nli.0, t, n, null(), 0, &options, null_mut(), null_mut(), 0, err)
        });
        for sentence in [pictures, texts] {
            assert!(sentence.contains("no place") && sentence.contains("{}"), "{sentence}");
        }
    }
}

/// A cancelled control cancels every call, even one that has nothing to do.
#[test]
fn nothing_under_a_cancelled_control() {
    let ((vit, clip), (bert, _), heads, control) = (models(), shared(), heads::models(), control());
    unsafe { glyxel_control_cancel(control.0) };
    let c = control.0;
    let cancelled = |call: &dyn Fn(Err) -> Status| refused(GLYXEL_CANCELLED, call);
    let none = null_mut::<f32>();
    unsafe {
        cancelled(&|err| glyxel_embed_texts(bert.0, null(), 0, null(), c, none, 0, err));
        cancelled(&|err| glyxel_embed_images(vit.0, null(), 0, null(), c, none, 0, err));
        cancelled(&|err| glyxel_classify_texts(heads.nli.0, null(), 0, null(), c, &mut null_mut(), err));
        cancelled(&|err| glyxel_classify_images(vit.0, null(), 0, null(), c, &mut null_mut(), err));
        cancelled(&|err| glyxel_score_pairs(heads.cross_encoder.0, null(), null(), 0, null(), c, none, 0, err));
        cancelled(&|err| glyxel_zero_shot_texts(heads.nli.0, null(), 0, null(), 0, null(), c, none, 0, err));
        cancelled(&|err| glyxel_zero_shot_images(clip.0, null(), 0, null(), 0, null(), c, none, 0, err));
        cancelled(&|err| glyxel_top_k(null(), 0, null(), 0, 4, 0, 0, c, null_mut(), none, err));
        cancelled(&|err| glyxel_duplicates(null(), 0, 4, 0.5, 0, c, &mut null_mut(), err));
        cancelled(&|err| glyxel_quantize(null(), 0, 4, GLYXEL_BINARY, null(), c, null_mut(), 0, err));
    }
}
