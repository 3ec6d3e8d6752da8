//! Bundles of every family that takes other sizes, traced again: what comes of one is what comes of its checkpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::models::{Architecture, Config, Definition, Sizes, Stored};
use glyxel::options::Options;
use glyxel::tasks::classify::{self, Prediction};
use glyxel::tasks::TaskOptions;
use glyxel::{engine, torch, Error, Model};
use serde_json::{json, Value};
use tch::{nn, Tensor};

use super::checkpoints::{model, pictures, plain};
use super::support::{difference, fixtures, json, load};
#[allow(dead_code)] // It makes pixels, too.
#[path = "../support/filled.rs"]
mod filled;

/// A small checkpoint of each family and naming, as tests/vision.rs has them.
const CASES: [&str; 16] = [
    "convnext/v2_options",
    "convnext/timm_v1",
    "deit/timm_distilled_no_head",
    "dinov2/transformers_flipped",
    "dinov2/timm_own_size",
    "efficientnet/transformers_flipped",
    "efficientnet/tf_efficientnet_lite0_odd",
    "mobilenet_v2/transformers_coarse",
    "mobilenet_v2/mobilenetv2_035",
    "mobilenet_v3/mobilenetv3_small_050",
    "resnet/basic",
    "resnet/timm_averaged",
    "swin/transformers_plain",
    "swin/timm_padded",
    "vgg/timm_plain",
    "vit/timm_any_size",
];

/// Those that take one size only; nothing is made of their bundles.
const FIXED: [&str; 2] = ["deit/timm_distilled_no_head", "swin/timm_padded"];

/// Writes the case's checkpoint, its weights computed from their names.
fn write_checkpoint(case: &Value, folder: &Path) {
    let weights: Vec<(String, Tensor)> = case["weights"].as_array().unwrap().iter().map(weight).collect();
    Tensor::write_safetensors(&weights, folder.join("model.safetensors")).unwrap();
    std::fs::write(folder.join("config.json"), case["config"].to_string()).unwrap();
    let processor = json!({"image_processor_type": "ViTImageProcessor"});
    std::fs::write(folder.join("preprocessor_config.json"), processor.to_string()).unwrap();
}

fn weight(entry: &Value) -> (String, Tensor) {
    let (name, shape): (String, Vec<i64>) = serde_json::from_value(entry.clone()).unwrap();
    let value = filled::value(&name, &shape);
    (name, value)
}

/// What the definition says that it takes.
fn sizes(case: &Value) -> Sizes {
    let case = case.clone();
    let sizes = engine::compute(torch::Device::Cpu, &Call::unwatched(), move |_| {
        let names = case["weights"].as_array().unwrap().iter();
        let stored = Stored {
            values: u64::MAX,
            names: names.map(|entry| entry[0].as_str().unwrap().to_string()).collect(),
        };
        let config = Config::new(case["config"].as_object().unwrap(), stored)?;
        let store = nn::VarStore::new(tch::Device::Cpu);
        match Architecture::of(&config)?.build(&store.root(), &config)? {
            Definition::Image(encoder) => Ok(encoder.facts().sizes),
            _ => panic!("no family of pictures alone"),
        }
    });
    sizes.unwrap()
}

/// A larger size of other proportions, if the model takes one.
fn larger(sizes: Sizes, height: i64, width: i64) -> Option<(i64, i64)> {
    let Sizes::Any { step, least } = sizes else { return None };
    let up = |side: i64, steps: i64| (side.max(least) / step + steps) * step;
    Some((up(height, 1), up(width, 2)))
}

fn classes(model: &Arc<Model>) -> Vec<Vec<Prediction>> {
    let classified = classify::images(model, pictures(), &TaskOptions::default(), &Call::unwatched()).unwrap();
    classified.items().to_vec()
}

#[test]
fn a_bundle_of_every_family_becomes_what_its_checkpoint_becomes() {
    for name in CASES {
        let case = json(&fixtures("vision").join(format!("{name}.json")));
        let folder = tempfile::tempdir().unwrap();
        write_checkpoint(&case, folder.path());
        let number = |side: &str| case[side].as_i64().unwrap();
        let (height, width) = (number("height"), number("width"));
        let size = |(height, width): (i64, i64)| format!("{height}x{width}");
        let own = load(folder.path(), &[("image_size", &size((height, width)))]);
        let saved = folder.path().join("bundle.pt");
        own.save(&saved).unwrap();
        let Some(asked) = larger(sizes(&case), height, width) else {
            assert!(FIXED.contains(&name), "{name} takes one size only");
            let refused = refusal(&saved, &size((2 * height, 2 * width)));
            assert!(
                matches!(&refused, Error::InvalidArgument(s) if s.contains("only")),
                "{name}: {refused:?}"
            );
            continue;
        };
        assert!(!FIXED.contains(&name), "{name} takes other sizes");
        let size = size(asked);
        let settings = [("image_size", size.as_str())];
        let (of_bundle, of_checkpoint) = (load(&saved, &settings), load(folder.path(), &settings));
        assert_eq!(of_bundle.manifest().image, of_checkpoint.manifest().image, "{name}");
        assert_eq!(of_bundle.manifest().methods, of_checkpoint.manifest().methods, "{name}");
        assert_eq!(difference(&plain(&of_bundle), &plain(&of_checkpoint)), 0., "{name}");
        if own
            .manifest()
            .image
            .as_ref()
            .is_some_and(|image| image.classes.is_some())
        {
            assert_eq!(classes(&of_bundle), classes(&of_checkpoint), "{name}");
        }
    }
}

#[test]
fn every_family_of_the_fixtures_is_here() {
    let folders = std::fs::read_dir(fixtures("vision")).unwrap();
    let there: BTreeSet<String> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let here: BTreeSet<&str> = CASES.iter().filter_map(|name| name.split('/').next()).collect();
    // Pictures beside texts are of one size; `timm` holds names, whose families are in `vit`.
    let others = ["clip", "siglip", "timm"];
    for family in there {
        assert!(
            here.contains(family.as_str()) != others.contains(&family.as_str()),
            "{family}"
        );
    }
}

fn refusal(bundle: &Path, size: &str) -> Error {
    let mut options = Options::default();
    options.set("image_size", size).unwrap();
    options.set("cache", "false").unwrap();
    match Model::load(bundle.to_str().unwrap(), &options, &Call::unwatched()) {
        Err(error) => error,
        Ok(_) => panic!("{} was loaded", bundle.display()),
    }
}

/// A bundle whose `config.json` goes by another name, sealed again.
fn without_config(bundle: &Path) -> PathBuf {
    let (name, other) = (b"extra/configs/config.json", b"extra/configs/config.jsnn");
    let mut bytes = std::fs::read(bundle).unwrap();
    let places: Vec<usize> = (0..bytes.len() - name.len())
        .filter(|at| bytes[*at..].starts_with(name))
        .collect();
    // Before the file, and in the list of all.
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at..at + name.len()].copy_from_slice(&other[..name.len()]);
    }
    let seal = bytes.windows(13).rposition(|w| w == b"glyxel:crc32=").unwrap();
    bytes.truncate(seal);
    bytes[seal - 2..].fill(0);
    let path = bundle.with_extension("other.pt");
    std::fs::write(&path, bytes).unwrap();
    glyxel::bundle::seal(&path).unwrap();
    path
}

#[test]
fn a_bundle_without_a_config_stays_of_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("resnet.pt");
    let original = model("resnet", &[]);
    original.save(&saved).unwrap();
    let bundle = without_config(&saved);
    let refused = refusal(&bundle, "64");
    assert!(
        matches!(&refused, Error::Unsupported(s) if s.contains("config.json")),
        "{refused:?}"
    );
    // As it is, it does what it did.
    assert_eq!(
        difference(&plain(&load(&bundle, &[("image_size", "32")])), &plain(&original)),
        0.
    );
}
