//! Bundles, and pictures of other sizes.

use std::path::PathBuf;

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::{Error, Model};

use super::checkpoints::{model, near, plain};
use super::support::{difference, fixtures, load};

#[test]
fn other_sizes_where_the_model_takes_them() {
    let larger = model("resnet", &[("image_size", "64")]);
    assert_eq!(
        larger.manifest().image.as_ref().map(|i| (i.height, i.width)),
        Some((64, 64))
    );
    near(&plain(&larger), "resnet", "embeddings.64");
    // The size is part of what is cached, and of the bundle.
    near(&plain(&model("resnet", &[])), "resnet", "embeddings");
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("larger.pt");
    larger.save(&saved).unwrap();
    near(
        &plain(&load(&saved, &[("image_size", "64x64")])),
        "resnet",
        "embeddings.64",
    );
    let refused = |source: &PathBuf, size: &str| {
        let mut options = Options::default();
        options.set("image_size", size).unwrap();
        Model::load(source.to_str().unwrap(), &options, &Call::unwatched()).err()
    };
    assert!(matches!(refused(&saved, "32"), Some(Error::Unsupported(s)) if s.contains("64×64")));
    let vit = fixtures("images").join("vit");
    assert!(matches!(refused(&vit, "64"), Some(Error::InvalidArgument(s)) if s.contains("32×32")));
    let bert = fixtures("bert").join("plain");
    assert!(matches!(refused(&bert, "64"), Some(Error::InvalidArgument(s)) if s.contains("texts only")));
}

#[test]
fn a_bundle_carries_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["vit", "clip"] {
        let model = model(name, &[]);
        let path = folder.path().join(format!("{name}.pt"));
        model.save(&path).unwrap();
        let loaded = load(&path, &[]);
        assert_eq!(loaded.info(), model.info());
        assert_eq!(difference(&plain(&loaded), &plain(&model)), 0.);
    }
}
