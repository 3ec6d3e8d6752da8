//! Several templates for a zero-shot task.

use std::ptr::null_mut;

use glyxel::ffi::task::*;
use glyxel::ffi::zero_shot::*;

use super::pictures::*;
use super::support::*;

/// One picture's scores; the status and the sentence.
fn zero_shot(o: &glyxel_task_options) -> ([f32; 2], Status, String) {
    let (image, labels, mut scores) = (encoded(png()), strs(&["a", "the sea"]), [7.5; 2]);
    let (clip, room) = (models().1 .0, scores.as_mut_ptr());
    let (status, sentence) = outcome(|err| unsafe {
        glyxel_zero_shot_images(clip, &image, 1, labels.as_ptr(), 2, o, null_mut(), room, 2, err)
    });
    (scores, status, sentence)
}

fn templates(templates: &[glyxel_str]) -> glyxel_task_options {
    glyxel_task_options {
        templates: templates.as_ptr(),
        n_templates: templates.len(),
        ..default_task()
    }
}

#[test]
fn several_templates() {
    let score = |o| {
        let (scores, status, sentence) = zero_shot(&o);
        assert_eq!(status, GLYXEL_OK, "{sentence}");
        scores
    };
    let one = glyxel_task_options {
        template_: glyxel_str::new("art of {}"),
        ..default_task()
    };
    assert_eq!(score(templates(&strs(&["art of {}"]))), score(one));
    let two = strs(&["art of {}", "{}"]);
    assert_ne!(score(templates(&two)), score(one));
    assert_eq!(score(templates(&[])), score(default_task()));
    // Older callers know nothing of several, whatever stands behind their struct.
    let ends = [std::mem::offset_of!(glyxel_task_options, templates), 16];
    let usual = [score(one), score(default_task())];
    for (end, expected) in ends.iter().zip(usual) {
        let older = glyxel_task_options {
            struct_size: *end as u32,
            template_: glyxel_str::new("art of {}"),
            templates: std::ptr::dangling(),
            n_templates: 3,
            ..default_task()
        };
        assert_eq!(score(older), expected);
    }
    let not_utf8 = glyxel_str {
        ptr: b"{}\xff".as_ptr().cast(),
        len: 3,
    };
    let bad = [two[0], not_utf8];
    let null = glyxel_task_options {
        n_templates: 2,
        ..default_task()
    };
    let endless = glyxel_task_options {
        n_templates: usize::MAX,
        ..templates(&two)
    };
    let both = glyxel_task_options {
        template_: one.template_,
        ..templates(&two)
    };
    for (o, word) in [
        (templates(&strs(&["{}", "no place"])), "\"no place\" has no place"),
        (templates(&strs(&["{}", ""])), "{}"),
        (templates(&bad), "templates[1] is not valid UTF-8"),
        (null, "templates is NULL"),
        (endless, "templates"),
        (both, "template_"),
    ] {
        let (scores, status, sentence) = zero_shot(&o);
        assert_eq!((scores, status), ([7.5; 2], GLYXEL_INVALID_ARGUMENT));
        assert!(sentence.contains(word), "{sentence}");
    }
}
