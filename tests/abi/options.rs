//! Settings by name and value.

use std::ptr::null_mut;

use super::support::*;

fn set(options: &Options, name: &str, value: &str, err: Err) -> Status {
    unsafe { glyxel_options_set(options.0, glyxel_str::new(name), glyxel_str::new(value), err) }
}

#[test]
fn unknown_names_list_the_near_ones() {
    let options = options(&[]);
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| set(&options, "presicion", "f32", err));
    assert!(sentence.contains("did you mean precision"), "{sentence}");
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| set(&options, "colour", "red", err));
    assert!(
        sentence.contains("device") && sentence.contains("max_length"),
        "{sentence}"
    );
    let (name, value) = (glyxel_str::new("thread"), glyxel_str::new("2"));
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_configure(name, value, err)
    });
    assert!(sentence.contains("did you mean threads?"), "{sentence}");
}

#[test]
fn values_are_checked_when_they_are_set() {
    let options = options(&[]);
    for (name, value) in [
        ("device", "gpu"),
        ("precision", "f64"),
        ("cache", "maybe"),
        ("offline", ""),
        ("max_length", "0"),
        ("max_length", "-3"),
        ("cache_dir", "a\0b"),
        ("token", "a\0b"),
    ] {
        let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| set(&options, name, value, err));
        assert!(sentence.contains(name), "{sentence}");
    }
}

#[test]
fn the_process_is_configured_before_the_first_model() {
    let (_model, _) = shared();
    let (name, value) = (glyxel_str::new("threads"), glyxel_str::new("2"));
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_configure(name, value, err)
    });
    assert!(sentence.contains("before the first model"), "{sentence}");
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_configure(name, glyxel_str::new("0"), err)
    });
}

#[test]
fn settings_reach_the_model() {
    let folder = fixture("st_mean");
    let source = folder.to_str().unwrap();
    let info = |model: &Model| {
        let info = unsafe { std::ffi::CStr::from_ptr(glyxel_model_info(model.0)) };
        serde_json::from_slice::<serde_json::Value>(info.to_bytes()).unwrap()
    };
    let bf16 = load_with(source, &[("precision", "bf16"), ("device", "cpu"), ("offline", "true")]);
    assert_eq!(info(&bf16)["precision"], "bf16");
    assert_eq!(info(&bf16)["device"], "cpu");
    assert_eq!(info(shared().0)["precision"], "f32");
    let short = load_with(source, &[("max_length", "4")]);
    let (whole, text) = (shared().0, "the film was very good and long");
    assert!(
        difference(&embed(&short, &[text]), &embed(whole, &[text])) > 1e-3,
        "max_length = 4 cut nothing"
    );
    assert!(difference(&embed(&short, &[text]), &embed(whole, &["the film"])) < 1e-5);
    load_refused(GLYXEL_UNSUPPORTED, source, &[("precision", "f16")]);
    let uncached = load_with(source, &[("cache", "false"), ("cache_dir", "/proc/nowhere")]);
    assert!(difference(&embed(&uncached, &[text]), &embed(whole, &[text])) < 1e-6);
    // Settings are copied when they are used.
    let options = options(&[]);
    let mut loaded = None;
    accepted(|err| match try_load(source, options.0, null_mut(), err) {
        Ok(model) => {
            loaded = Some(model);
            GLYXEL_OK
        }
        Err(status) => status,
    });
    accepted(|err| set(&options, "max_length", "3", err));
    drop(options);
    assert!(difference(&embed(&loaded.unwrap(), &[text]), &embed(whole, &[text])) < 1e-5);
}

/// Where there is no GPU, asking for one is an error that says what was looked for; where there is one, it works.
#[test]
fn a_device_that_is_absent_is_named() {
    let folder = fixture("st_mean");
    let options = options(&[("device", "cuda:97")]);
    let sentence = refused(GLYXEL_DEVICE, |err| {
        try_load(folder.to_str().unwrap(), options.0, null_mut(), err).map_or_else(|status| status, |_| GLYXEL_OK)
    });
    assert!(sentence.contains("cuda"), "{sentence}");
    load_with(folder.to_str().unwrap(), &[("device", "auto")]);
}
