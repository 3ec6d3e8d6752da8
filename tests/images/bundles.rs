//! Bundles, and pictures of other sizes.

use std::path::PathBuf;
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::tasks::{classify, TaskOptions};
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
    let vit = fixtures("images").join("vit");
    assert!(matches!(refused(&vit, "64"), Some(Error::InvalidArgument(s)) if s.contains("32×32")));
    let bert = fixtures("bert").join("plain");
    assert!(matches!(refused(&bert, "64"), Some(Error::InvalidArgument(s)) if s.contains("texts only")));
}

#[test]
fn a_bundle_is_traced_again_for_another_size() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("resnet.pt");
    let original = model("resnet", &[]);
    original.save(&saved).unwrap();
    let size = [("image_size", "64")];
    let larger = load(&saved, &size);
    assert_eq!(difference(&plain(&larger), &plain(&model("resnet", &size))), 0.);
    assert_eq!(larger.manifest().source, original.manifest().source);
    assert_eq!(larger.manifest().image, model("resnet", &size).manifest().image);
    // From bytes, without the cache; and back again.
    let mut options = Options::default();
    options.set("image_size", "64").unwrap();
    options.set("cache", "false").unwrap();
    let bytes = std::fs::read(&saved).unwrap();
    let from_bytes = Arc::new(Model::load_memory(bytes, &options, &Call::unwatched()).unwrap());
    assert_eq!(difference(&plain(&from_bytes), &plain(&larger)), 0.);
    let larger_saved = folder.path().join("larger.pt");
    larger.save(&larger_saved).unwrap();
    let back = load(&larger_saved, &[("image_size", "32")]);
    assert_eq!(difference(&plain(&back), &plain(&original)), 0.);
    assert_eq!(back.info(), original.info());

    // With a head, too.
    let (saved, size) = (folder.path().join("convnext.pt"), [("image_size", "48x64")]);
    model("convnext", &[]).save(&saved).unwrap();
    let (from_bundle, from_checkpoint) = (load(&saved, &size), model("convnext", &size));
    assert_eq!(difference(&plain(&from_bundle), &plain(&from_checkpoint)), 0.);
    let classes = |model: &Arc<Model>| {
        let (pictures, call) = (super::checkpoints::pictures(), Call::unwatched());
        classify::images(model, pictures, &TaskOptions::default(), &call).unwrap()
    };
    assert_eq!(classes(&from_bundle).items(), classes(&from_checkpoint).items());

    let clip = folder.path().join("clip.pt");
    model("clip", &[]).save(&clip).unwrap();
    let refused = Model::load(clip.to_str().unwrap(), &options, &Call::unwatched()).err();
    assert!(matches!(refused, Some(Error::InvalidArgument(s)) if s.contains("32×32 only")));
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
