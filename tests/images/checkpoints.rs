//! The small checkpoints, their pictures, and what the reference makes of them.

use std::path::PathBuf;
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::image::Picture;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::Model;
use tch::Tensor;

use super::support::{difference, expected, fixtures, load};

pub fn model(name: &str, settings: &[(&str, &str)]) -> Arc<Model> {
    load(&fixtures("images").join(name), settings)
}

pub fn files() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(fixtures("images").join("pictures")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3);
    files
}

pub fn pictures() -> Vec<Picture> {
    let read = |path: PathBuf| Picture::Encoded(std::fs::read(path).unwrap());
    files().into_iter().map(read).collect()
}

pub fn rows(values: &[f32], n: usize) -> Tensor {
    Tensor::from_slice(values).view([n as i64, -1])
}

pub fn embedded(model: &Arc<Model>, pictures: Vec<Picture>, options: &EmbedOptions) -> Tensor {
    let n = pictures.len();
    rows(&embed::images(model, pictures, options, &Call::unwatched()).unwrap(), n)
}

pub fn plain(model: &Arc<Model>) -> Tensor {
    embedded(model, pictures(), &EmbedOptions::default())
}

pub fn near(got: &Tensor, name: &str, what: &str) {
    let wanted = expected(&fixtures("images").join(name), what).unwrap();
    let off = difference(got, &wanted);
    assert!(off < 2e-5, "{name}: {what}: {off:e}");
}
