//! Pictures through the C functions: every bad input a status and a sentence, outputs untouched.

use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use glyxel::ffi::classify::*;
use glyxel::ffi::image::*;
use glyxel::ffi::predictions::*;
use glyxel::ffi::task::*;
use glyxel::ffi::zero_shot::*;

use super::support::*;

fn folder(name: &str) -> PathBuf {
    fixture("../images").join(name)
}

fn models() -> &'static (Model, Model) {
    static MODELS: OnceLock<(Model, Model)> = OnceLock::new();
    MODELS.get_or_init(|| (load(&folder("vit")), load(&folder("clip"))))
}

fn png() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    PNG.get_or_init(|| std::fs::read(folder("pictures").join("1.png")).unwrap())
}

fn encoded(bytes: &[u8]) -> glyxel_image {
    glyxel_image {
        struct_size: size_of::<glyxel_image>() as u32,
        format: GLYXEL_ENCODED,
        width: 0,
        height: 0,
        row_stride: 0,
        data: bytes.as_ptr(),
        len: bytes.len(),
        bottom_up: 0,
        reserved: 0,
    }
}

fn raw(format: i32, width: u32, height: u32, bytes: &[u8]) -> glyxel_image {
    glyxel_image {
        format,
        width,
        height,
        ..encoded(bytes)
    }
}

fn task() -> glyxel_task_options {
    glyxel_task_options {
        struct_size: size_of::<glyxel_task_options>() as u32,
        activation: 0,
        top_k: 0,
        reserved: 0,
        template_: EMPTY,
    }
}

/// The sentence with which a picture is refused by every function that takes pictures.
#[track_caller]
fn picture_refused(status: Status, image: glyxel_image) -> String {
    let (vit, clip) = models();
    let images = [encoded(png()), image];
    let dim = unsafe { glyxel_model_dim(vit.0) };
    let mut out = vec![7.5; 2 * dim];
    let room = out.as_mut_ptr();
    let sentence = refused(status, |err| unsafe {
        glyxel_embed_images(vit.0, images.as_ptr(), 2, null(), null_mut(), room, 2 * dim, err)
    });
    assert!(out.iter().all(|x| *x == 7.5));
    let untouched = std::ptr::dangling_mut();
    let mut predictions = untouched;
    let place = &raw mut predictions;
    refused(status, |err| unsafe {
        glyxel_classify_images(vit.0, images.as_ptr(), 2, null(), null_mut(), place, err)
    });
    assert_eq!(predictions, untouched);
    let (labels, mut scores) = (strs(&["a"]), [7.5; 2]);
    let room = scores.as_mut_ptr();
    refused(status, |err| unsafe {
        glyxel_zero_shot_images(
            clip.0,
            images.as_ptr(),
            2,
            labels.as_ptr(),
            1,
            null(),
            null_mut(),
            room,
            2,
            err,
        )
    });
    assert_eq!(scores, [7.5; 2]);
    assert!(sentence.contains("images[1]"), "{sentence}");
    sentence
}

#[track_caller]
fn vector(image: glyxel_image) -> Vec<f32> {
    let model = &models().0;
    let dim = unsafe { glyxel_model_dim(model.0) };
    let mut out = vec![f32::NAN; dim];
    accepted(|err| unsafe { glyxel_embed_images(model.0, &image, 1, null(), null_mut(), out.as_mut_ptr(), dim, err) });
    assert!(out.iter().all(|x| x.is_finite()));
    out
}

#[test]
fn bad_pictures() {
    let bytes = [128; 4 * 4 * 4];
    let sentence = |image| picture_refused(GLYXEL_INVALID_ARGUMENT, image);
    assert!(sentence(encoded(b"not a picture")).contains("JPEG"));
    assert!(sentence(encoded(&png()[..png().len() / 2])).contains("PNG"));
    assert!(sentence(encoded(&[])).contains("len is 0"));
    let null_data = glyxel_image {
        data: null(),
        ..encoded(png())
    };
    assert!(sentence(null_data).contains("NULL"));
    assert!(sentence(glyxel_image {
        data: null(),
        ..raw(GLYXEL_RGB8, 4, 4, &bytes)
    })
    .contains("NULL"));
    for format in [-1, 5, i32::MAX] {
        assert!(sentence(raw(format, 4, 4, &bytes)).contains("GLYXEL_BGRA8"));
    }
    for (width, height) in [(0, 4), (4, 0), (0, 0)] {
        sentence(raw(GLYXEL_RGB8, width, height, &bytes));
    }
    // Too few bytes, or sizes whose product is beyond everything.
    sentence(raw(GLYXEL_RGBA8, 4, 5, &bytes));
    sentence(raw(GLYXEL_RGBA8, u32::MAX, u32::MAX, &bytes));
    sentence(raw(GLYXEL_GRAY8, u32::MAX, 1, &bytes));
    let stride = |row_stride| glyxel_image {
        row_stride,
        ..raw(GLYXEL_RGB8, 4, 4, &bytes)
    };
    for row_stride in [1, 11, usize::MAX, usize::MAX / 4] {
        sentence(stride(row_stride));
    }
    for bottom_up in [-1, 2] {
        assert!(sentence(glyxel_image {
            bottom_up,
            ..raw(GLYXEL_RGB8, 4, 4, &bytes)
        })
        .contains("bottom_up"));
    }
    // What an encoded picture says by itself is not to be said again.
    for image in [
        glyxel_image {
            width: 1,
            ..encoded(png())
        },
        glyxel_image {
            height: 1,
            ..encoded(png())
        },
        glyxel_image {
            row_stride: 1,
            ..encoded(png())
        },
        glyxel_image {
            bottom_up: 1,
            ..encoded(png())
        },
    ] {
        assert!(sentence(image).contains("encoded"));
    }
    picture_refused(
        GLYXEL_UNSUPPORTED,
        glyxel_image {
            reserved: 1,
            ..encoded(png())
        },
    );
    // The model is as good as before.
    vector(encoded(png()));
}

#[test]
fn raw_pixels() {
    let bytes: Vec<u8> = (0..6 * 4 * 4).map(|i| (i * 5 % 256) as u8).collect();
    let plain = vector(raw(GLYXEL_RGBA8, 6, 4, &bytes));
    let swapped: Vec<u8> = bytes.chunks(4).flat_map(|p| [p[2], p[1], p[0], 255]).collect();
    assert_eq!(vector(raw(GLYXEL_BGRA8, 6, 4, &swapped)), plain);
    let rgb: Vec<u8> = bytes.chunks(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    assert_eq!(vector(raw(GLYXEL_RGB8, 6, 4, &rgb)), plain);
    let upside_down: Vec<u8> = rgb.chunks(18).rev().flatten().copied().collect();
    let bottom_up = |bottom_up| glyxel_image {
        bottom_up,
        ..raw(GLYXEL_RGB8, 6, 4, &upside_down)
    };
    assert_eq!(vector(bottom_up(1)), plain);
    assert_ne!(vector(bottom_up(0)), plain);
    let wide: Vec<u8> = rgb
        .chunks(18)
        .flat_map(|row| row.iter().copied().chain([0; 14]))
        .collect();
    let image = glyxel_image {
        row_stride: 32,
        ..raw(GLYXEL_RGB8, 6, 4, &wide)
    };
    assert_eq!(vector(image), plain);
    let gray: Vec<u8> = (0..24).map(|i| i * 10).collect();
    let triple: Vec<u8> = gray.iter().flat_map(|g| [*g; 3]).collect();
    assert_eq!(
        vector(raw(GLYXEL_GRAY8, 6, 4, &gray)),
        vector(raw(GLYXEL_RGB8, 6, 4, &triple))
    );
}

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

/// An older caller's struct is shorter, a newer one's longer; in an array all are alike.
#[test]
fn structs_of_other_versions() {
    let (vit, _) = models();
    let dim = unsafe { glyxel_model_dim(vit.0) };
    let expected = vector(encoded(png()));
    let mut out = vec![0.; 2 * dim];
    let room = out.as_mut_ptr();
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Newer {
        image: glyxel_image,
        added: u64,
    }
    let newer = |added| Newer {
        image: glyxel_image {
            struct_size: size_of::<Newer>() as u32,
            ..encoded(png())
        },
        added,
    };
    let two = [newer(0); 2];
    accepted(|err| unsafe {
        glyxel_embed_images(vit.0, two.as_ptr().cast(), 2, null(), null_mut(), room, 2 * dim, err)
    });
    assert_eq!((&out[..dim], &out[dim..]), (&expected[..], &expected[..]));
    let two = [newer(0), newer(1)];
    refused(GLYXEL_UNSUPPORTED, |err| unsafe {
        glyxel_embed_images(vit.0, two.as_ptr().cast(), 2, null(), null_mut(), room, 2 * dim, err)
    });
    // Without bottom_up and reserved, as if they had been added later.
    let shorter = glyxel_image {
        struct_size: size_of::<glyxel_image>() as u32 - 8,
        ..encoded(png())
    };
    assert_eq!(vector(shorter), expected);
    for struct_size in [0, 1, 3, 9, 4097, u32::MAX] {
        let image = glyxel_image {
            struct_size,
            ..encoded(png())
        };
        refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            glyxel_embed_images(vit.0, &image, 1, null(), null_mut(), room, dim, err)
        });
    }
    let mixed = [encoded(png()), shorter];
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_images(vit.0, mixed.as_ptr(), 2, null(), null_mut(), room, 2 * dim, err)
    });
}

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
        let sentence = classify(glyxel_task_options { activation, ..task() }, GLYXEL_INVALID_ARGUMENT);
        assert!(sentence.contains("softmax"), "{sentence}");
    }
    classify(glyxel_task_options { reserved: 1, ..task() }, GLYXEL_UNSUPPORTED);
    classify(
        glyxel_task_options {
            struct_size: 7,
            ..task()
        },
        GLYXEL_INVALID_ARGUMENT,
    );
    let template = glyxel_task_options {
        template_: glyxel_str::new("no place"),
        ..task()
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
fn models_that_cannot() {
    let ((vit, clip), (bert, _)) = (models(), shared());
    let (image, labels) = (encoded(png()), strs(&["a"]));
    let mut out = vec![0.; 4096];
    let room = out.as_mut_ptr();
    for (task, sentence) in [
        (
            "embed_texts",
            refused(GLYXEL_UNSUPPORTED, |err| unsafe {
                glyxel_embed_images(bert.0, &image, 1, null(), null_mut(), room, 4096, err)
            }),
        ),
        (
            "zero_shot_images",
            refused(GLYXEL_UNSUPPORTED, |err| unsafe {
                glyxel_classify_images(clip.0, &image, 1, null(), null_mut(), &mut null_mut(), err)
            }),
        ),
        (
            "classify_images",
            refused(GLYXEL_UNSUPPORTED, |err| unsafe {
                glyxel_zero_shot_images(vit.0, &image, 1, labels.as_ptr(), 1, null(), null_mut(), room, 1, err)
            }),
        ),
    ] {
        assert!(sentence.contains(task), "{sentence}");
    }
}

#[test]
fn predictions_and_their_handles() {
    let (vit, _) = models();
    let images = [encoded(png()), encoded(png())];
    let options = glyxel_task_options { top_k: 2, ..task() };
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

#[test]
fn a_cancelled_call_and_one_whose_time_is_up() {
    let (vit, _) = models();
    let images = vec![encoded(png()); 64];
    let dim = unsafe { glyxel_model_dim(vit.0) };
    let mut out = vec![7.5; 64 * dim];
    let room = out.as_mut_ptr();
    let stopped = control();
    unsafe { glyxel_control_cancel(stopped.0) };
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_embed_images(vit.0, images.as_ptr(), 64, null(), stopped.0, room, 64 * dim, err)
    });
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_classify_images(vit.0, images.as_ptr(), 64, null(), stopped.0, &mut null_mut(), err)
    });
    assert!(out.iter().all(|x| *x == 7.5));
    let watched = control();
    accepted(|err| unsafe { glyxel_embed_images(vit.0, images.as_ptr(), 64, null(), watched.0, room, 64 * dim, err) });
    let (mut stage, mut done, mut total) = (0, 0, 0);
    unsafe { glyxel_control_progress(watched.0, &mut stage, &mut done, &mut total) };
    assert_eq!((done, total), (64, 64));
}
