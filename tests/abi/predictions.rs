//! What tasks over pictures are asked for, and what they give.

use std::ptr::{null, null_mut};

use glyxel::ffi::classify::*;
use glyxel::ffi::predictions::*;
use glyxel::ffi::zero_shot::*;

use super::pictures::*;
use super::support::*;

#[test]
fn bad_task_options() {
    let (vit, clip) = models();
    let (image, labels) = (encoded(png()), strs(&["a"]));
    let classify = |o: glyxel_task_options, status| {
        refused(status, |err| unsafe {
            glyxel_classify_images(vit.0, &image, 1, &o, null_mut(), &mut null_mut(), err)
        })
    };
    for activation in [-1, 4] {
        let sentence = classify(
            glyxel_task_options {
                activation,
                ..default_task()
            },
            GLYXEL_INVALID_ARGUMENT,
        );
        assert!(sentence.contains("softmax"), "{sentence}");
    }
    classify(
        glyxel_task_options {
            reserved: 1,
            ..default_task()
        },
        GLYXEL_UNSUPPORTED,
    );
    classify(
        glyxel_task_options {
            struct_size: 7,
            ..default_task()
        },
        GLYXEL_INVALID_ARGUMENT,
    );
    let template = glyxel_task_options {
        template_: glyxel_str::new("no place"),
        ..default_task()
    };
    let mut score = [0.];
    let room = score.as_mut_ptr();
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_zero_shot_images(
            clip.0,
            &image,
            1,
            labels.as_ptr(),
            1,
            &template,
            null_mut(),
            room,
            1,
            err,
        )
    });
    assert!(sentence.contains("{}"), "{sentence}");
    let bad = [glyxel_str {
        ptr: b"\xff".as_ptr().cast(),
        len: 1,
    }];
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_zero_shot_images(clip.0, &image, 1, bad.as_ptr(), 1, null(), null_mut(), room, 1, err)
    });
    assert!(sentence.contains("labels[0]"), "{sentence}");
}

#[test]
fn predictions_and_their_handles() {
    let (vit, _) = models();
    let images = [encoded(png()), encoded(png())];
    let options = glyxel_task_options {
        top_k: 2,
        ..default_task()
    };
    let mut predictions = null_mut();
    accepted(|err| unsafe {
        glyxel_classify_images(vit.0, images.as_ptr(), 2, &options, null_mut(), &mut predictions, err)
    });
    let (mut label, mut index, mut score) = (EMPTY, -1, -1.);
    unsafe {
        assert_eq!(
            [0, 1, 2].map(|item| glyxel_predictions_count(predictions, item)),
            [2, 2, 0]
        );
        let get = |p, item, rank| glyxel_predictions_get(p, item, rank, null_mut(), null_mut(), null_mut());
        assert_eq!(get(predictions, 0, 1), GLYXEL_OK);
        assert_eq!(
            glyxel_predictions_get(predictions, 1, 0, &mut label, &mut index, &mut score),
            GLYXEL_OK
        );
        let name = std::slice::from_raw_parts(label.ptr.cast::<u8>(), label.len);
        let names = ["apple", "pear", "plum", "fig", "quince"];
        assert_eq!(name, names[index as usize].as_bytes());
        assert!(score > 0. && score <= 1.);
        for (item, rank) in [(2, 0), (0, 2), (usize::MAX, usize::MAX)] {
            assert_eq!(get(predictions, item, rank), GLYXEL_INVALID_ARGUMENT);
        }
        assert_eq!(get(null_mut(), 0, 0), GLYXEL_INVALID_ARGUMENT);
        assert_eq!(get(vit.0.cast(), 0, 0), GLYXEL_INVALID_HANDLE);
        glyxel_predictions_free(predictions);
        assert_eq!(get(predictions, 0, 0), GLYXEL_INVALID_HANDLE);
        assert_eq!(glyxel_predictions_count(predictions, 0), 0);
        glyxel_predictions_free(predictions);
        glyxel_predictions_free(null_mut());
        // What is not predictions is not freed by it.
        glyxel_predictions_free(vit.0.cast());
        assert!(glyxel_model_dim(vit.0) > 0);
    }
}
