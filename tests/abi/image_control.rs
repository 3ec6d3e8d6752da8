//! Calls with pictures, watched, cancelled and timed out.

use std::ptr::{null, null_mut};

use glyxel::ffi::classify::*;
use glyxel::ffi::image::*;

use super::pictures::*;
use super::support::*;

fn embed_under(control: &Control, images: &[glyxel_image], out: &mut [f32], err: Err) -> Status {
    let (model, n, len) = (models().0 .0, images.len(), out.len());
    unsafe { glyxel_embed_images(model, images.as_ptr(), n, null(), control.0, out.as_mut_ptr(), len, err) }
}

fn room(n: usize) -> Vec<f32> {
    vec![7.5; n * unsafe { glyxel_model_dim(models().0 .0) }]
}

/// Stage, done and total.
fn progress(control: &Control) -> (i32, u64, u64) {
    let (mut stage, mut done, mut total) = (0, 0, 0);
    unsafe { glyxel_control_progress(control.0, &mut stage, &mut done, &mut total) };
    (stage, done, total)
}

#[test]
fn a_cancelled_call_ends() {
    let images = vec![encoded(png()); 64];
    let (stopped, mut out) = (control(), room(64));
    unsafe { glyxel_control_cancel(stopped.0) };
    let out = std::cell::RefCell::new(&mut out);
    refused(GLYXEL_CANCELLED, |err| {
        embed_under(&stopped, &images, &mut out.borrow_mut(), err)
    });
    refused(GLYXEL_CANCELLED, |err| unsafe {
        let model = models().0 .0;
        glyxel_classify_images(model, images.as_ptr(), 64, null(), stopped.0, &mut null_mut(), err)
    });
    assert!(out.borrow().iter().all(|x| *x == 7.5));
}

/// The time is up while the first picture is copied: nobody looks at the second, which is none.
#[test]
fn copying_ends_with_the_call() {
    let side = 1 << 13;
    let pixels = vec![0; 4 * side * side];
    let images = [
        raw(GLYXEL_RGBA8, side as u32, side as u32, &pixels),
        raw(99, 1, 1, &pixels),
    ];
    let timed = control();
    unsafe { glyxel_control_set_timeout(timed.0, 1) };
    let out = std::cell::RefCell::new(room(2));
    refused(GLYXEL_TIMEOUT, |err| {
        embed_under(&timed, &images, &mut out.borrow_mut(), err)
    });
    assert!(out.borrow().iter().all(|x| *x == 7.5));
}

#[test]
fn decoding_is_a_stage_until_something_computes() {
    let (bad, watched) = (encoded(b"not a picture"), control());
    let mut images = vec![encoded(png()); 800];
    let mut out = room(801);
    accepted(|err| embed_under(&watched, &images[..64], &mut out, err));
    assert_eq!(progress(&watched), (GLYXEL_STAGE_COMPUTING, 64, 64));
    images.push(bad);
    let mut ends_at = |images: &[glyxel_image]| {
        let (status, sentence) = outcome(|err| embed_under(&watched, images, &mut out, err));
        assert_eq!(status, GLYXEL_INVALID_ARGUMENT, "{sentence}");
        progress(&watched)
    };
    // All that stand before the bad one are decoded.
    assert_eq!(ends_at(&images[798..]), (GLYXEL_STAGE_DECODING, 2, 3));
    // More than a batch of this model's: the bad one comes while others compute.
    let (stage, done, total) = ends_at(&images);
    assert_eq!((stage, total), (GLYXEL_STAGE_COMPUTING, 801));
    assert!(done < 800, "{done} were computed");
}
