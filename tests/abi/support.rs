//! Calling the C functions from tests: every failure is checked to be a status and a sentence.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

pub use glyxel::ffi::control::*;
pub use glyxel::ffi::embed::*;
pub use glyxel::ffi::error::*;
pub use glyxel::ffi::library::*;
pub use glyxel::ffi::log::*;
pub use glyxel::ffi::model::*;
pub use glyxel::ffi::options::*;
pub use glyxel::ffi::str::glyxel_str;
pub use glyxel::ffi::task::*;

pub type Status = glyxel_status;
pub type Err = *mut *mut glyxel_error;

pub const EMPTY: glyxel_str = glyxel_str { ptr: null(), len: 0 };

/// Runs a call that must succeed, and must not touch `*err`.
#[track_caller]
pub fn accepted(call: impl FnOnce(Err) -> Status) {
    let untouched = std::ptr::dangling_mut::<glyxel_error>();
    let mut error = untouched;
    let status = call(&mut error);
    if status != GLYXEL_OK {
        panic!("status {status}: {}", unsafe { message(error) });
    }
    assert_eq!(error, untouched, "*err was written though the call succeeded");
}

/// Runs a call twice that must fail with this status, without and with a place for the error, and gives its sentence.
#[track_caller]
pub fn refused(status: Status, call: impl Fn(Err) -> Status) -> String {
    let silent = call(null_mut());
    let (told, sentence) = outcome(call);
    assert_eq!(told, status, "{sentence}");
    assert_eq!(silent, status, "without a place for the error");
    sentence
}

/// Runs a call that may succeed or fail: its status and its sentence.
#[track_caller]
pub fn outcome(call: impl FnOnce(Err) -> Status) -> (Status, String) {
    let mut error = null_mut();
    let status = call(&mut error);
    if status == GLYXEL_OK {
        assert!(error.is_null(), "*err was written though the call succeeded");
        return (status, String::new());
    }
    assert!(!error.is_null(), "status {status} without an error");
    let (code, sentence) = unsafe { (glyxel_error_code(error), message(error)) };
    unsafe { glyxel_error_free(error) };
    assert_eq!(code, status);
    assert!(
        sentence.len() > 10 && !sentence.contains(char::is_control) && sentence.chars().count() < 2100,
        "no sentence: {sentence:?}"
    );
    (status, sentence)
}

unsafe fn message(error: *const glyxel_error) -> String {
    CStr::from_ptr(glyxel_error_message(error)).to_str().unwrap().to_owned()
}

/// A handle that is freed in the end.
pub struct Handle<T>(pub *mut T, pub unsafe extern "C" fn(*mut T));

unsafe impl<T> Send for Handle<T> {}
unsafe impl<T> Sync for Handle<T> {}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        unsafe { (self.1)(self.0) }
    }
}

pub type Model = Handle<glyxel_model>;
pub type Options = Handle<glyxel_options>;
pub type Control = Handle<glyxel_control>;

pub fn control() -> Control {
    let mut control = null_mut();
    accepted(|err| unsafe { glyxel_control_new(&mut control, err) });
    Handle(control, glyxel_control_free)
}

/// Settings, with a cache of this test's own.
pub fn options(settings: &[(&str, &str)]) -> Options {
    let mut options = null_mut();
    accepted(|err| unsafe { glyxel_options_new(&mut options, err) });
    for (name, value) in [("cache_dir", scratch("cache").to_str().unwrap())]
        .iter()
        .chain(settings)
    {
        accepted(|err| unsafe { glyxel_options_set(options, glyxel_str::new(name), glyxel_str::new(value), err) });
    }
    Handle(options, glyxel_options_free)
}

/// `*out` is as it was if the call fails.
pub fn try_load(
    source: &str,
    options: *const glyxel_options,
    control: *mut glyxel_control,
    err: Err,
) -> Result<Model, Status> {
    let mut model = std::ptr::dangling_mut();
    match unsafe { glyxel_model_load(glyxel_str::new(source), options, control, &mut model, err) } {
        GLYXEL_OK => Ok(Handle(model, glyxel_model_free)),
        status => {
            assert_eq!(
                model,
                std::ptr::dangling_mut(),
                "out was written though the call failed"
            );
            Err(status)
        }
    }
}

#[track_caller]
pub fn load_with(source: &str, settings: &[(&str, &str)]) -> Model {
    let options = options(settings);
    let mut loaded = None;
    accepted(|err| match try_load(source, options.0, null_mut(), err) {
        Ok(model) => {
            loaded = Some(model);
            GLYXEL_OK
        }
        Err(status) => status,
    });
    loaded.unwrap()
}

#[track_caller]
pub fn load(source: &Path) -> Model {
    load_with(source.to_str().unwrap(), &[])
}

/// The sentence with which loading is refused.
#[track_caller]
pub fn load_refused(status: Status, source: &str, settings: &[(&str, &str)]) -> String {
    let options = options(settings);
    refused(status, |err| {
        try_load(source, options.0, null_mut(), err).map_or_else(|s| s, |_| GLYXEL_OK)
    })
}

pub fn load_bytes(bytes: &[u8], err: Err) -> Result<Model, Status> {
    let mut model = null_mut();
    match unsafe { glyxel_model_load_memory(bytes.as_ptr(), bytes.len(), null(), null_mut(), &mut model, err) } {
        GLYXEL_OK => Ok(Handle(model, glyxel_model_free)),
        status => Err(status),
    }
}

#[track_caller]
pub fn save(model: &Model, path: &Path) {
    accepted(|err| unsafe { glyxel_model_save(model.0, glyxel_str::new(path.to_str().unwrap()), err) });
}

pub fn strs(texts: &[&str]) -> Vec<glyxel_str> {
    texts.iter().map(|text| glyxel_str::new(text)).collect()
}

#[track_caller]
pub fn embed(model: &Model, texts: &[&str]) -> Vec<f32> {
    embed_with(model, texts, null())
}

#[track_caller]
pub fn embed_with(model: &Model, texts: &[&str], options: *const glyxel_embed_options) -> Vec<f32> {
    let dim = match unsafe { options.as_ref() } {
        Some(o) if o.struct_size >= 12 && o.dim > 0 => o.dim as usize,
        _ => unsafe { glyxel_model_dim(model.0) },
    };
    let mut out = vec![f32::NAN; texts.len() * dim];
    let texts = strs(texts);
    accepted(|err| unsafe {
        glyxel_embed_texts(
            model.0,
            texts.as_ptr(),
            texts.len(),
            options,
            null_mut(),
            out.as_mut_ptr(),
            out.len(),
            err,
        )
    });
    assert!(out.iter().all(|x| x.is_finite()));
    out
}

/// The largest difference of two vectors.
pub fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

pub fn default_options() -> glyxel_embed_options {
    glyxel_embed_options {
        struct_size: size_of::<glyxel_embed_options>() as u32,
        normalize: 0,
        dim: 0,
        reserved: 0,
        prompt: EMPTY,
    }
}

pub fn default_task() -> glyxel_task_options {
    glyxel_task_options {
        struct_size: size_of::<glyxel_task_options>() as u32,
        activation: 0,
        top_k: 0,
        reserved: 0,
        template_: EMPTY,
        templates: null(),
        n_templates: 0,
    }
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/bert")
        .join(name)
}

/// A model that all tests share, and its dim.
pub fn shared() -> (&'static Model, usize) {
    static SHARED: OnceLock<Model> = OnceLock::new();
    let model = SHARED.get_or_init(|| load(&fixture("st_mean")));
    (model, unsafe { glyxel_model_dim(model.0) })
}

/// A place for files of this name, empty when the tests begin.
pub fn scratch(name: &str) -> PathBuf {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    let root = ROOT.get_or_init(|| {
        // Nothing runs at the end of a test program, so each run tidies up after those that have ended.
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abi");
        for old in std::fs::read_dir(&parent).into_iter().flatten().flatten() {
            if !Path::new("/proc").join(old.file_name()).exists() {
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        let root = parent.join(std::process::id().to_string());
        std::fs::create_dir_all(&root).unwrap();
        root
    });
    root.join(name)
}

/// A copy of a fixture's checkpoint, to be damaged.
pub fn copy_of(fixture_name: &str, name: &str) -> PathBuf {
    let target = scratch(name);
    copy_folder(&fixture(fixture_name), &target);
    target
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}
