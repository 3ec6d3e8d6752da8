//! Pictures to pass in, and models that take them.

use std::path::PathBuf;
use std::sync::OnceLock;

use glyxel::ffi::image::*;

use super::support::*;

pub fn folder(name: &str) -> PathBuf {
    fixture("../images").join(name)
}

pub fn models() -> &'static (Model, Model) {
    static MODELS: OnceLock<(Model, Model)> = OnceLock::new();
    MODELS.get_or_init(|| (load(&folder("vit")), load(&folder("clip"))))
}

pub fn png() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    PNG.get_or_init(|| std::fs::read(folder("pictures").join("1.png")).unwrap())
}

pub fn encoded(bytes: &[u8]) -> glyxel_image {
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

pub fn raw(format: i32, width: u32, height: u32, bytes: &[u8]) -> glyxel_image {
    glyxel_image {
        format,
        width,
        height,
        ..encoded(bytes)
    }
}
