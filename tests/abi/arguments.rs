//! NULL, wrong sizes, texts that are none, structs of other versions: refused with a sentence, outputs untouched.

use std::ffi::{c_char, CStr};
use std::ptr::{null, null_mut};

use super::support::*;

#[test]
fn constants_and_versions() {
    assert_eq!(glyxel_abi_version(), 1);
    let text = |p: *const c_char| unsafe { CStr::from_ptr(p) }.to_str().unwrap();
    assert_eq!(text(glyxel_version()), env!("CARGO_PKG_VERSION"));
    let info = text(glyxel_build_info());
    for part in ["libtorch 2.11", "devices: cpu", "image decoders"] {
        assert!(info.contains(part), "{info}");
    }
}

#[test]
fn null_for_every_pointer() {
    let (model, dim) = shared();
    let (m, text) = (model.0, strs(&["a"]));
    let (options, control) = (options(&[]), control());
    let (mut floats, mut counts) = (vec![0.0; dim], [0]);
    unsafe {
        // What can fail.
        refused(GLYXEL_INVALID_ARGUMENT, |err| glyxel_options_new(null_mut(), err));
        refused(GLYXEL_INVALID_ARGUMENT, |err| glyxel_control_new(null_mut(), err));
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_options_set(null_mut(), glyxel_str::new("device"), glyxel_str::new("cpu"), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_options_set(options.0, EMPTY, EMPTY, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| glyxel_configure(EMPTY, EMPTY, err));
        let source = fixture("plain");
        let source = glyxel_str::new(source.to_str().unwrap());
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_model_load(source, null(), null_mut(), null_mut(), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_model_load(EMPTY, options.0, control.0, &mut null_mut(), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_model_load_memory([1].as_ptr(), 1, null(), null_mut(), null_mut(), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_model_load_memory(null(), 1, null(), null_mut(), &mut null_mut(), err)
        });
        refused(GLYXEL_BAD_MODEL, |err| {
            glyxel_model_load_memory(null(), 0, null(), null_mut(), &mut null_mut(), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| glyxel_model_save(null(), source, err));
        refused(GLYXEL_INVALID_ARGUMENT, |err| glyxel_model_save(m, EMPTY, err));
        let out = floats.as_mut_ptr();
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_embed_texts(null(), text.as_ptr(), 1, null(), null_mut(), out, dim, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_embed_texts(m, null(), 1, null(), null_mut(), out, dim, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_embed_texts(m, text.as_ptr(), 1, null(), null_mut(), null_mut(), dim, err)
        });
        let out = counts.as_mut_ptr();
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_count_tokens(null(), text.as_ptr(), 1, out, 1, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_count_tokens(m, null(), 1, out, 1, err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_count_tokens(m, text.as_ptr(), 1, null_mut(), 1, err)
        });
        // What cannot.
        glyxel_error_free(null_mut());
        assert_eq!(glyxel_error_code(null()), GLYXEL_OK);
        assert_eq!(*glyxel_error_message(null()), 0);
        glyxel_options_free(null_mut());
        glyxel_control_free(null_mut());
        glyxel_control_cancel(null_mut());
        glyxel_control_set_timeout(null_mut(), 1);
        glyxel_control_progress(control.0, null_mut(), null_mut(), null_mut());
        let mut stage = 77;
        glyxel_control_progress(null(), &mut stage, null_mut(), null_mut());
        assert_eq!(stage, 77);
        glyxel_model_free(null_mut());
        assert!(glyxel_model_info(null()).is_null());
        assert_eq!(glyxel_model_dim(null()), 0);
    }
}

#[test]
fn room_that_is_too_small_is_refused_and_left_alone() {
    let (model, dim) = shared();
    let texts = strs(&["a", "b"]);
    let mut out = vec![7.5; 2 * dim - 1];
    let (room, length) = (out.as_mut_ptr(), out.len());
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_texts(model.0, texts.as_ptr(), 2, null(), null_mut(), room, length, err)
    });
    assert!(
        sentence.contains(&length.to_string()) && sentence.contains(&(2 * dim).to_string()),
        "{sentence}"
    );
    assert!(out.iter().all(|x| *x == 7.5));
    let mut counts = [7];
    let room = counts.as_mut_ptr();
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_count_tokens(model.0, texts.as_ptr(), 2, room, 1, err)
    });
    assert_eq!(counts, [7]);
    // More room than needed is fine, and what is beyond stays.
    let mut out = vec![7.5; 2 * dim + 1];
    accepted(|err| unsafe {
        glyxel_embed_texts(
            model.0,
            texts.as_ptr(),
            2,
            null(),
            null_mut(),
            out.as_mut_ptr(),
            out.len(),
            err,
        )
    });
    assert!(out[2 * dim - 1] != 7.5 && out[2 * dim] == 7.5);
}

#[test]
fn no_texts_succeed_without_arrays() {
    let (model, _) = shared();
    unsafe {
        accepted(|err| glyxel_embed_texts(model.0, null(), 0, null(), null_mut(), null_mut(), 0, err));
        accepted(|err| glyxel_count_tokens(model.0, null(), 0, null_mut(), 0, err));
        // The rest is looked at all the same.
        let bad = glyxel_embed_options {
            normalize: 9,
            ..default_options()
        };
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_embed_texts(model.0, null(), 0, &bad, null_mut(), null_mut(), 0, err)
        });
        let foreign: *mut glyxel_control = model.0.cast();
        refused(GLYXEL_INVALID_HANDLE, |err| {
            glyxel_embed_texts(model.0, null(), 0, null(), foreign, null_mut(), 0, err)
        });
    }
}

#[test]
fn a_text_that_is_not_utf8_is_named() {
    let (model, dim) = shared();
    let bad = b"fine \xff";
    let texts = [
        glyxel_str::new("a"),
        glyxel_str {
            ptr: bad.as_ptr().cast(),
            len: bad.len(),
        },
    ];
    let mut out = vec![7.5; 2 * dim];
    let room = out.as_mut_ptr();
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_texts(model.0, texts.as_ptr(), 2, null(), null_mut(), room, 2 * dim, err)
    });
    assert!(
        sentence.contains("texts[1]") && sentence.contains("offset 5"),
        "{sentence}"
    );
    assert!(out.iter().all(|x| *x == 7.5));
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_count_tokens(model.0, texts[1..].as_ptr(), 1, &mut 0, 1, err)
    });
    assert!(sentence.contains("texts[0]"), "{sentence}");
    let options = options(&[]);
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_options_set(options.0, texts[1], texts[0], err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_model_load(texts[1], null(), null_mut(), &mut null_mut(), err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_model_save(model.0, texts[1], err)
    });
}

#[test]
fn texts_of_every_kind() {
    let (model, dim) = shared();
    // {NULL, 0} is the empty string.
    let mut out = vec![0.0; dim];
    accepted(|err| unsafe { glyxel_embed_texts(model.0, &EMPTY, 1, null(), null_mut(), out.as_mut_ptr(), dim, err) });
    assert_eq!(difference(&out, &embed(model, &[""])), 0.0);
    // A NUL is a character, not the end.
    assert_ne!(embed(model, &["film\0 good story"]), embed(model, &["film"]));
    let long = "word ".repeat(1 << 18);
    let mut counts = [0; 3];
    let texts = strs(&[&long, "", "\0"]);
    accepted(|err| unsafe { glyxel_count_tokens(model.0, texts.as_ptr(), 3, counts.as_mut_ptr(), 3, err) });
    assert!(counts[0] > 1 << 18 && counts[1] == 2, "{counts:?}");
    embed(model, &[&long]);
}

#[test]
fn impossible_sizes_are_errors() {
    let (model, dim) = shared();
    let text = strs(&["a"]);
    let mut out = vec![7.5; dim];
    let room = out.as_mut_ptr();
    let embed = |n: usize, texts: *const glyxel_str, err| unsafe {
        glyxel_embed_texts(model.0, texts, n, null(), null_mut(), room, usize::MAX, err)
    };
    for n in [usize::MAX, usize::MAX / 16, isize::MAX as usize] {
        refused(GLYXEL_INVALID_ARGUMENT, |err| embed(n, text.as_ptr(), err));
        refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
            glyxel_count_tokens(model.0, text.as_ptr(), n, &mut 0, usize::MAX, err)
        });
    }
    // More than an address space, though less than a size can say.
    refused(GLYXEL_OUT_OF_MEMORY, |err| embed(1 << 44, text.as_ptr(), err));
    let long = |len| {
        [glyxel_str {
            ptr: c"a".as_ptr(),
            len,
        }]
    };
    refused(GLYXEL_OUT_OF_MEMORY, |err| embed(1, long(1 << 60).as_ptr(), err));
    refused(GLYXEL_INVALID_ARGUMENT, |err| embed(1, long(usize::MAX).as_ptr(), err));
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| {
        embed(1, [glyxel_str { ptr: null(), len: 3 }].as_ptr(), err)
    });
    assert!(sentence.contains("texts[0] is NULL"), "{sentence}");
    refused(GLYXEL_OUT_OF_MEMORY, |err| unsafe {
        glyxel_model_load_memory([0].as_ptr(), 1 << 60, null(), null_mut(), &mut null_mut(), err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_model_load_memory([0].as_ptr(), usize::MAX, null(), null_mut(), &mut null_mut(), err)
    });
    assert!(out.iter().all(|x| *x == 7.5));
}

#[test]
fn nothing_needs_to_be_aligned() {
    let (model, dim) = shared();
    let texts = strs(&["a", "b"]);
    let (mut from, mut to) = (vec![0u8; 2 * 16 + 1], vec![0u8; 2 * dim * 4 + 1]);
    unsafe {
        std::ptr::copy_nonoverlapping(texts.as_ptr().cast::<u8>(), from.as_mut_ptr().add(1), 32);
        let out = to.as_mut_ptr().add(1).cast();
        accepted(|err| {
            glyxel_embed_texts(
                model.0,
                from.as_ptr().add(1).cast(),
                2,
                null(),
                null_mut(),
                out,
                2 * dim,
                err,
            )
        });
    }
    let floats: Vec<f32> = to[1..]
        .chunks(4)
        .map(|b| f32::from_ne_bytes(b.try_into().unwrap()))
        .collect();
    assert!(difference(&floats, &embed(model, &["a", "b"])) < 1e-5);
}

/// Structs as another version's header has them: bytes, the first four of which say how many.
fn with_struct(bytes: &[u8], err: Err) -> Status {
    let (model, dim) = shared();
    let (text, mut out) = (strs(&["a"]), vec![0.0; dim]);
    unsafe {
        glyxel_embed_texts(
            model.0,
            text.as_ptr(),
            1,
            bytes.as_ptr().cast(),
            null_mut(),
            out.as_mut_ptr(),
            dim,
            err,
        )
    }
}

fn struct_of(size: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[..4].copy_from_slice(&size.to_ne_bytes());
    bytes
}

#[test]
fn structs_of_other_versions() {
    let now = size_of::<glyxel_embed_options>();
    // An older program's ends at a field, and nothing is read beyond: not even where that would be an error.
    for size in [4, 8, 12, 16] {
        let mut bytes = struct_of(size as u32, now);
        bytes[size..].fill(0xff);
        accepted(|err| with_struct(&bytes, err));
    }
    // A newer one's is longer, and zero is always the default.
    for size in [now, now + 8, 4096] {
        accepted(|err| with_struct(&struct_of(size as u32, size), err));
    }
    for at in [now, now + 7, now + 100] {
        let mut bytes = struct_of(now as u32 + 101, now + 101);
        bytes[at] = 1;
        let sentence = refused(GLYXEL_UNSUPPORTED, |err| with_struct(&bytes, err));
        assert!(sentence.contains(&format!("offset {at} ")), "{sentence}");
    }
    // What no version has.
    for size in [0, 1, 3, 5, 10, 17, 24, now - 1, 4097, u32::MAX as usize] {
        let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| {
            with_struct(&struct_of(size as u32, 64), err)
        });
        assert!(sentence.contains("sizeof(glyxel_embed_options)"), "{sentence}");
    }
}

#[test]
fn embed_options_are_checked() {
    let (model, dim) = shared();
    let text = strs(&["a"]);
    let mut out = vec![0.0; dim];
    let room = out.as_mut_ptr();
    let refused = |status, options: glyxel_embed_options| {
        refused(status, |err| unsafe {
            glyxel_embed_texts(model.0, text.as_ptr(), 1, &options, null_mut(), room, dim, err)
        })
    };
    for normalize in [-1, 3, i32::MIN, i32::MAX] {
        assert!(refused(
            GLYXEL_INVALID_ARGUMENT,
            glyxel_embed_options {
                normalize,
                ..default_options()
            }
        )
        .contains("normalize"));
    }
    refused(
        GLYXEL_UNSUPPORTED,
        glyxel_embed_options {
            reserved: 1,
            ..default_options()
        },
    );
    for more in [dim as u32 + 1, u32::MAX] {
        let sentence = refused(
            GLYXEL_INVALID_ARGUMENT,
            glyxel_embed_options {
                dim: more,
                ..default_options()
            },
        );
        assert!(
            sentence.contains(&more.to_string()) && sentence.contains(&dim.to_string()),
            "{sentence}"
        );
    }
    refused(
        GLYXEL_INVALID_ARGUMENT,
        glyxel_embed_options {
            prompt: glyxel_str::new("@nobody"),
            ..default_options()
        },
    );
    let null_prompt = glyxel_str { ptr: null(), len: 1 };
    refused(
        GLYXEL_INVALID_ARGUMENT,
        glyxel_embed_options {
            prompt: null_prompt,
            ..default_options()
        },
    );
    let latin1 = glyxel_str {
        ptr: c"\xe9".as_ptr(),
        len: 1,
    };
    assert!(refused(
        GLYXEL_INVALID_ARGUMENT,
        glyxel_embed_options {
            prompt: latin1,
            ..default_options()
        }
    )
    .contains("prompt"));
}

#[test]
fn embed_options_do_what_they_say() {
    let (model, dim) = shared();
    let whole = embed(model, &["a good film"]);
    let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let first = embed_with(
        model,
        &["a good film"],
        &glyxel_embed_options {
            dim: 5,
            normalize: 1,
            ..default_options()
        },
    );
    assert!((length(&first) - 1.0).abs() < 1e-5);
    let scaled: Vec<f32> = whole[..5].iter().map(|x| x / length(&whole[..5])).collect();
    assert!(difference(&first, &scaled) < 1e-5);
    let raw = embed_with(
        model,
        &["a good film"],
        &glyxel_embed_options {
            normalize: 2,
            ..default_options()
        },
    );
    assert_eq!(raw.len(), dim);
    assert!(
        (length(&raw) - 1.0).abs() > 1e-3,
        "st_mean normalises, so without that the length should not be 1"
    );
    let prompted = glyxel_embed_options {
        prompt: glyxel_str::new("a good "),
        ..default_options()
    };
    assert!(difference(&embed_with(model, &["film"], &prompted), &whole) < 1e-5);
}

#[test]
fn a_cancelled_control_cancels_and_a_timeout_ends_calls() {
    let (model, dim) = shared();
    let control = control();
    let text = "a very long story ".repeat(500);
    let texts = vec![glyxel_str::new(&text); 20_000];
    let mut out = vec![7.5; texts.len() * dim];
    let (room, length) = (out.as_mut_ptr(), out.len());
    let embed =
        |n: usize, err| unsafe { glyxel_embed_texts(model.0, texts.as_ptr(), n, null(), control.0, room, length, err) };
    unsafe { glyxel_control_set_timeout(control.0, 1) };
    refused(GLYXEL_TIMEOUT, |err| embed(texts.len(), err));
    unsafe { glyxel_control_set_timeout(control.0, 0) };
    accepted(|err| embed(3, err));
    let (mut stage, mut done, mut total) = (-1, 0, 0);
    unsafe { glyxel_control_progress(control.0, &mut stage, &mut done, &mut total) };
    assert_eq!((stage, done, total), (GLYXEL_STAGE_COMPUTING, 3, 3));
    out[..3 * dim].fill(7.5);
    unsafe { glyxel_control_cancel(control.0) };
    refused(GLYXEL_CANCELLED, |err| embed(1, err));
    let source = fixture("plain");
    refused(GLYXEL_CANCELLED, |err| {
        try_load(source.to_str().unwrap(), null(), control.0, err).map_or_else(|status| status, |_| GLYXEL_OK)
    });
    assert!(out.iter().all(|x| *x == 7.5));
}
