//! Handles freed twice, freed during a call, of another kind or made up are errors, never a crash.

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};

use super::support::*;

fn embed_status(model: *const glyxel_model, control: *mut glyxel_control, err: Err) -> Status {
    let mut out = [0.0; 1024];
    unsafe {
        glyxel_embed_texts(
            model,
            &glyxel_str::new("a"),
            1,
            null(),
            control,
            out.as_mut_ptr(),
            1024,
            err,
        )
    }
}

#[test]
fn freed_handles() {
    let model = load(&fixture("plain"));
    let freed = model.0;
    drop(model);
    assert!(refused(GLYXEL_INVALID_HANDLE, |err| embed_status(freed, null_mut(), err)).contains("freed before"));
    unsafe {
        refused(GLYXEL_INVALID_HANDLE, |err| {
            glyxel_embed_texts(freed, null(), 0, null(), null_mut(), null_mut(), 0, err)
        });
        refused(GLYXEL_INVALID_HANDLE, |err| {
            glyxel_count_tokens(freed, null(), 0, null_mut(), 0, err)
        });
        refused(GLYXEL_INVALID_HANDLE, |err| {
            glyxel_model_save(freed, glyxel_str::new("x.pt"), err)
        });
        assert!(glyxel_model_info(freed).is_null());
        assert_eq!(glyxel_model_dim(freed), 0);
        glyxel_model_free(freed);
        glyxel_model_free(freed);
    }
    let (other, _) = shared();
    let control = control();
    let gone = control.0;
    drop(control);
    refused(GLYXEL_INVALID_HANDLE, |err| embed_status(other.0, gone, err));
    let mut stage = 77;
    unsafe {
        glyxel_control_cancel(gone);
        glyxel_control_set_timeout(gone, 5);
        glyxel_control_progress(gone, &mut stage, null_mut(), null_mut());
        glyxel_control_free(gone);
    }
    assert_eq!(stage, 77);
    let options = options(&[]);
    let gone = options.0;
    drop(options);
    let (name, value) = (glyxel_str::new("device"), glyxel_str::new("cpu"));
    refused(GLYXEL_INVALID_HANDLE, |err| unsafe {
        glyxel_options_set(gone, name, value, err)
    });
    unsafe { glyxel_options_free(gone) };
    let source = fixture("plain");
    refused(GLYXEL_INVALID_HANDLE, |err| {
        try_load(source.to_str().unwrap(), gone, null_mut(), err).map_or_else(|status| status, |_| GLYXEL_OK)
    });
}

#[test]
fn handles_of_another_kind_and_made_up_ones() {
    let (model, _) = shared();
    let (options, control) = (options(&[]), control());
    let sentence = refused(GLYXEL_INVALID_HANDLE, |err| {
        embed_status(control.0.cast(), null_mut(), err)
    });
    assert!(sentence.contains("another kind (control)"), "{sentence}");
    refused(GLYXEL_INVALID_HANDLE, |err| {
        embed_status(model.0, options.0.cast(), err)
    });
    let (name, value) = (glyxel_str::new("device"), glyxel_str::new("cpu"));
    refused(GLYXEL_INVALID_HANDLE, |err| unsafe {
        glyxel_options_set(model.0.cast(), name, value, err)
    });
    let mut on_the_stack = 0u64;
    let made_up = [
        1,
        8,
        usize::MAX,
        isize::MAX as usize,
        &raw mut on_the_stack as usize,
        model.0.addr() + 1000,
        model.0.addr() ^ 1 << 40,
    ];
    for value in made_up {
        let handle = std::ptr::without_provenance_mut::<glyxel_model>(value);
        let sentence = refused(GLYXEL_INVALID_HANDLE, |err| embed_status(handle, null_mut(), err));
        assert!(sentence.contains("never came from this library"), "{sentence}");
        unsafe {
            assert!(glyxel_model_info(handle).is_null());
            assert_eq!(glyxel_model_dim(handle), 0);
            glyxel_model_free(handle);
            glyxel_control_cancel(handle.cast());
            glyxel_control_free(handle.cast());
            glyxel_options_free(handle.cast());
        }
    }
    // Freeing by the wrong function frees nothing.
    unsafe {
        glyxel_control_free(model.0.cast());
        glyxel_options_free(control.0.cast());
        glyxel_model_free(options.0.cast());
    }
    accepted(|err| embed_status(model.0, control.0, err));
}

#[test]
fn a_call_keeps_what_it_uses() {
    let texts: Vec<String> = (0..300)
        .map(|i| format!("{} {i}", "a long story ".repeat(i % 20)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (expected, _) = (embed(shared().0, &texts), ());
    for _ in 0..20 {
        let model = load(&fixture("st_mean"));
        let control = control();
        let (strs, mut out) = (strs(&texts), vec![0.0; expected.len()]);
        let (m, c) = (model.0.addr(), control.0.addr());
        let begun = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !begun.load(Ordering::SeqCst) {
                    std::hint::spin_loop();
                }
                drop(model);
                drop(control);
            });
            begun.store(true, Ordering::SeqCst);
            // The call either began before its handles were freed, and then ends well, or it is refused.
            let (m, c) = (std::ptr::without_provenance(m), std::ptr::without_provenance_mut(c));
            let (status, _) = outcome(|err| unsafe {
                glyxel_embed_texts(
                    m,
                    strs.as_ptr(),
                    strs.len(),
                    null(),
                    c,
                    out.as_mut_ptr(),
                    out.len(),
                    err,
                )
            });
            match status {
                GLYXEL_OK => assert!(difference(&out, &expected) < 1e-5),
                _ => assert_eq!(status, GLYXEL_INVALID_HANDLE),
            }
        });
    }
}
