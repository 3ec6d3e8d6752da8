//! Pictures through the C functions: every bad input a status and a sentence, outputs untouched.

use std::ptr::{null, null_mut};

use glyxel::ffi::classify::*;
use glyxel::ffi::image::*;
use glyxel::ffi::zero_shot::*;

use super::pictures::*;
use super::support::*;

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
    // Not bit by bit: oneDNN may sum in another order in a batch of two.
    for row in out.chunks_exact(dim) {
        assert!(difference(row, &expected) < 1e-5, "{row:?} {expected:?}");
    }
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
