//! The fixtures, and the pictures that they are about.

use std::path::{Path, PathBuf};

use glyxel::image::{preprocessing_of, Pixels, Preprocessing, Rgb};
use glyxel::Result;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub struct Checkpoint {
    pub config: Map<String, Value>,
    pub files: Map<String, Value>,
}

/// What 0 and 255 become, of R, G and B.
#[derive(Deserialize)]
pub struct Scale {
    black: [f64; 3],
    white: [f64; 3],
}

#[derive(Deserialize)]
pub struct Case {
    #[serde(flatten)]
    pub checkpoint: Checkpoint,
    pub image_size: Option<(u32, u32)>,
    #[serde(flatten)]
    pub scale: Scale,
    pub pictures: Vec<Picture>,
}

#[derive(Deserialize)]
pub struct Picture(pub String, pub u32, pub u32, pub u32, pub u32, pub u32, pub Vec<u8>);

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/preprocessing")
}

pub fn fixture<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

pub fn cases() -> Vec<Case> {
    [fixture("transformers.json"), fixture("timm.json")]
        .into_iter()
        .flatten()
        .collect()
}

pub fn read(checkpoint: &Checkpoint) -> Result<Preprocessing> {
    preprocessing_of(&checkpoint.config, &|name| {
        let file = checkpoint.files.get(name);
        Ok(file.map(|fields| serde_json::to_vec(fields).unwrap()))
    })
}

/// As the script makes them.
pub fn picture(name: &str, height: u32, width: u32) -> Rgb {
    let noise = |i: u32| {
        let x = (i ^ (i >> 16)).wrapping_mul(0x7feb352d);
        let x = (x ^ (x >> 15)).wrapping_mul(0x846ca68b);
        ((x ^ (x >> 16)) >> 24) as u8
    };
    let gradient = |i: u32| {
        let (x, y) = (i / 3 % width, i / 3 / width);
        match i % 3 {
            0 => x as u8,
            1 => (x + y) as u8,
            _ if x > y => 255,
            _ => (y / 3) as u8,
        }
    };
    let bytes = 0..height * width * 3;
    let pixels = match name {
        "noise" => bytes.map(noise).collect(),
        "gradient" => bytes.map(gradient).collect(),
        _ => panic!("{name}"),
    };
    Rgb { width, height, pixels }
}

/// The values before they were normalised, by what 0 and 255 become.
pub fn before(pixels: &Pixels, scale: &Scale) -> Vec<u8> {
    let value = |(i, value): (usize, &f32)| {
        let (black, white) = (scale.black[i % 3], scale.white[i % 3]);
        let before = (f64::from(*value) - black) / (white - black) * 255.;
        assert!(
            (before - before.round()).abs() < 0.01,
            "{before} is no value of a picture"
        );
        before.round() as u8
    };
    pixels.values.iter().enumerate().map(value).collect()
}
