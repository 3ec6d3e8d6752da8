//! A bundle of each family, converted as any checkpoint is, and those that Python wrote.

use std::fs;
use std::path::{Path, PathBuf};

use glyxel::bundle::{self, Manifest};
use glyxel::control::Call;
use glyxel::convert::{convert, Wishes};
use glyxel::source::Checkpoint;
use serde_json::{json, Value};
use tch::Tensor;
use tempfile::TempDir;

use super::filled;
use super::support::{fixtures, json};

pub struct Bundle {
    pub path: PathBuf,
    pub manifest: Manifest,
    pub tokenizer: Option<Vec<u8>>,
    _folder: Option<TempDir>,
}

impl Bundle {
    /// A bundle among the fixtures, or one of a checkpoint there, or of a case of tests/vision.rs, whose weights are computed.
    pub fn of(source: &str) -> Self {
        let written = fixtures(&format!("{source}.pt"));
        let (path, folder) = match written.is_file() {
            true => (written, None),
            false => converted(source),
        };
        let archive = bundle::open(&path, &Call::unwatched());
        let mut archive = archive.unwrap_or_else(|e| panic!("{source}: {e}"));
        Bundle {
            manifest: archive.manifest().clone(),
            tokenizer: archive.extra("tokenizer.json").unwrap(),
            path,
            _folder: folder,
        }
    }
}

fn converted(source: &str) -> (PathBuf, Option<TempDir>) {
    let folder = tempfile::tempdir().unwrap();
    let (stored, path) = (fixtures(source), folder.path().join("bundle.pt"));
    let (root, size) = match stored.is_dir() {
        true => (stored, None),
        false => {
            let size = write_checkpoint(&json(&fixtures(&format!("{source}.json"))), folder.path());
            (folder.path().to_path_buf(), Some(size))
        }
    };
    let wishes = Wishes { image_size: size };
    let converted =
        Checkpoint::open(&root).and_then(|checkpoint| convert(&checkpoint, wishes, &path, &Call::unwatched()));
    converted.unwrap_or_else(|e| panic!("{source}: {e}"));
    (path, Some(folder))
}

/// The case as a checkpoint folder; the height and width of its pictures.
fn write_checkpoint(case: &Value, folder: &Path) -> (u32, u32) {
    let weights: Vec<(String, Vec<i64>)> = serde_json::from_value(case["weights"].clone()).unwrap();
    let values: Vec<(&str, Tensor)> = weights
        .iter()
        .map(|(name, shape)| (name.as_str(), filled::value(name, shape)))
        .collect();
    Tensor::write_safetensors(&values, folder.join("model.safetensors")).unwrap();
    let size = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
    let (height, width) = (size("height"), size("width"));
    let processor = json!({
        "image_processor_type": "ViTImageProcessor",
        "do_resize": true, "size": { "height": height, "width": width }, "resample": 2,
        "do_rescale": true, "rescale_factor": 1. / 255.,
        "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    });
    for (name, content) in [
        ("config.json", &case["config"]),
        ("preprocessor_config.json", &processor),
    ] {
        fs::write(folder.join(name), content.to_string()).unwrap();
    }
    (height, width)
}
