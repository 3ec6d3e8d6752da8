//! Pictures to vectors and labels, whole, on small checkpoints: equal to `transformers` (tests/python/image_checkpoints.py).

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use glyxel::bundle::Activation;
use glyxel::control::Call;
use glyxel::image::{Format, Picture, Raw};
use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::tasks::{classify, zero_shot, TaskOptions};
use glyxel::{Error, Model};
use support::{difference, expected, fixtures, load, worst_cosine};
use tch::Tensor;

const LABELS: [&str; 3] = ["a cat", "two dogs", "the sea"];

fn model(name: &str, settings: &[(&str, &str)]) -> Arc<Model> {
    load(&fixtures("images").join(name), settings)
}

fn files() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(fixtures("images").join("pictures")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3);
    files
}

fn pictures() -> Vec<Picture> {
    let read = |path: PathBuf| Picture::Encoded(std::fs::read(path).unwrap());
    files().into_iter().map(read).collect()
}

fn rows(values: &[f32], n: usize) -> Tensor {
    Tensor::from_slice(values).view([n as i64, -1])
}

fn embedded(model: &Arc<Model>, pictures: Vec<Picture>, options: &EmbedOptions) -> Tensor {
    let n = pictures.len();
    rows(&embed::images(model, pictures, options, &Call::unwatched()).unwrap(), n)
}

fn plain(model: &Arc<Model>) -> Tensor {
    embedded(model, pictures(), &EmbedOptions::default())
}

fn near(got: &Tensor, name: &str, what: &str) {
    let wanted = expected(&fixtures("images").join(name), what).unwrap();
    let off = difference(got, &wanted);
    assert!(off < 2e-5, "{name}: {what}: {off:e}");
}

#[test]
fn embeddings_are_equal() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        near(&plain(&model(name, &[])), name, "embeddings");
    }
}

#[test]
fn bf16_points_the_same_way() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        let (f32, bf16) = (plain(&model(name, &[])), plain(&model(name, &[("precision", "bf16")])));
        let cosine = worst_cosine(&f32, &bf16);
        assert!(cosine >= 0.999, "{name}: {cosine}");
    }
}

#[test]
fn alone_or_together_a_picture_has_the_same_vector() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        let model = model(name, &[]);
        let together = plain(&model);
        for (i, picture) in pictures().into_iter().enumerate() {
            let alone = embedded(&model, vec![picture], &EmbedOptions::default());
            let far = difference(&alone, &together.narrow(0, i as i64, 1));
            assert!(far < 1e-5, "{name}: {far:e}");
        }
        // More than one batch holds.
        let many: Vec<Picture> = (0..70).flat_map(|_| pictures().into_iter().take(1)).collect();
        let many = embedded(&model, many, &EmbedOptions::default());
        assert!(
            difference(&many, &together.narrow(0, 0, 1).expand_as(&many)) < 1e-5,
            "{name}"
        );
    }
}

#[test]
fn raw_pixels_are_the_same_picture() {
    let model = model("vit", &[]);
    let expected = plain(&model).narrow(0, 0, 1);
    let (width, height) = (32usize, 32usize);
    let decoded = pictures()
        .remove(0)
        .into_rgb(&glyxel::image::Limits::default())
        .unwrap();
    assert_eq!((decoded.width, decoded.height), (32, 32));
    type Store = fn(&[u8]) -> Vec<u8>;
    let layouts: [(Format, Store); 3] = [
        (Format::Rgb, |p| p.to_vec()),
        (Format::Rgba, |p| vec![p[0], p[1], p[2], 9]),
        (Format::Bgra, |p| vec![p[2], p[1], p[0], 200]),
    ];
    for (format, pixel) in layouts {
        for (gap, bottom_up) in [(0, false), (5, false), (3, true)] {
            let mut lines: Vec<Vec<u8>> = decoded
                .pixels
                .chunks(width * 3)
                .map(|line| line.chunks(3).flat_map(pixel).collect())
                .collect();
            if bottom_up {
                lines.reverse();
            }
            let row_stride = lines[0].len() + gap;
            let mut data: Vec<u8> = lines
                .iter()
                .flat_map(|line| line.iter().copied().chain(vec![77; gap]))
                .collect();
            // The last row needs no gap behind it.
            data.truncate(row_stride * (height - 1) + lines[0].len());
            let raw = Raw {
                format,
                width: width as u32,
                height: height as u32,
                row_stride: if gap == 0 { 0 } else { row_stride },
                bottom_up,
                data,
            };
            let got = embedded(&model, vec![Picture::Raw(raw)], &EmbedOptions::default());
            assert!(difference(&got, &expected) < 1e-6, "{format:?} {gap} {bottom_up}");
        }
    }
}

#[test]
fn classes_have_their_names_and_probabilities() {
    let model = model("vit", &[]);
    let all = classify::images(&model, pictures(), &TaskOptions::default(), &Call::unwatched()).unwrap();
    let names = ["apple", "pear", "plum", "fig", "quince"];
    let probabilities: Vec<f32> = all
        .items()
        .iter()
        .flat_map(|item| {
            assert_eq!(item.len(), names.len());
            assert!(item.windows(2).all(|pair| pair[0].score >= pair[1].score));
            let mut by_index = item.clone();
            by_index.sort_by_key(|p| p.index);
            by_index.into_iter().map(|p| p.score)
        })
        .collect();
    for (index, name) in names.iter().enumerate() {
        assert_eq!(all.label(index), Some(*name));
    }
    near(&rows(&probabilities, 3), "vit", "probabilities");

    let logits = TaskOptions {
        activation: Some(Activation::None),
        top_k: 2,
        ..Default::default()
    };
    let two = classify::images(&model, pictures(), &logits, &Call::unwatched()).unwrap();
    for (two, all) in two.items().iter().zip(all.items()) {
        assert_eq!(two.len(), 2);
        assert_eq!((two[0].index, two[1].index), (all[0].index, all[1].index));
        let softmax = (f64::from(two[1].score) - f64::from(two[0].score)).exp() as f32;
        assert!((all[1].score / all[0].score - softmax).abs() < 1e-5);
    }
}

#[test]
fn a_head_without_names_numbers_its_classes() {
    let model = model("convnext", &[]);
    let predictions = classify::images(&model, pictures(), &TaskOptions::default(), &Call::unwatched()).unwrap();
    assert_eq!(predictions.label(3), Some("LABEL_3"));
    let classes = model.manifest().image.as_ref().unwrap().classes.as_ref().unwrap();
    assert_eq!(classes.source, "none");
}

/// SigLIP reads texts filled up to 64 tokens, and asks of each label by itself.
#[test]
fn texts_and_pictures_meet_in_siglip() {
    let model = model("siglip", &[]);
    let texts: Vec<String> = LABELS.iter().map(|label| label.to_string()).collect();
    let vectors = embed::texts(&model, texts.clone(), &EmbedOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&vectors, 3), "siglip", "text_embeddings");
    let scores = zero_shot::images(&model, pictures(), texts, &TaskOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&scores, 3), "siglip", "zero_shot");
}

#[test]
fn texts_and_pictures_meet() {
    let model = model("clip", &[]);
    let texts: Vec<String> = LABELS.iter().map(|label| label.to_string()).collect();
    let vectors = embed::texts(&model, texts.clone(), &EmbedOptions::default(), &Call::unwatched()).unwrap();
    near(&rows(&vectors, 3), "clip", "text_embeddings");
    let score = |options: &TaskOptions| {
        let scores = zero_shot::images(&model, pictures(), texts.clone(), options, &Call::unwatched());
        rows(&scores.unwrap(), 3)
    };
    near(&score(&TaskOptions::default()), "clip", "zero_shot");
    let template = TaskOptions {
        template: "{}".into(),
        ..Default::default()
    };
    assert!(difference(&score(&template), &score(&TaskOptions::default())) > 1e-4);
    let sigmoid = TaskOptions {
        activation: Some(Activation::Sigmoid),
        ..Default::default()
    };
    let logits = TaskOptions {
        activation: Some(Activation::None),
        ..Default::default()
    };
    assert!(difference(&score(&logits).sigmoid(), &score(&sigmoid)) < 1e-5);
    let nowhere = TaskOptions {
        template: "a photo".into(),
        ..Default::default()
    };
    let refused = zero_shot::images(&model, Vec::new(), texts.clone(), &nowhere, &Call::unwatched());
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("{}")));
}

#[test]
fn vectors_are_normalised_and_cut_if_that_is_asked() {
    let model = model("clip", &[]);
    let whole = plain(&model);
    let unit = EmbedOptions {
        normalize: Normalize::Yes,
        dim: 7,
        prompt: String::new(),
    };
    let cut = whole.narrow(1, 0, 7);
    let expected = &cut / cut.norm_scalaropt_dim(2., [-1], true);
    assert!(difference(&embedded(&model, pictures(), &unit), &expected) < 1e-6);
    let prompted = EmbedOptions {
        prompt: "query: ".into(),
        ..Default::default()
    };
    let refused = embed::images(&model, pictures(), &prompted, &Call::unwatched());
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("prompt")));
}

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

#[test]
fn a_task_that_a_model_cannot_do_is_refused_with_those_it_can() {
    let call = Call::unwatched();
    let bert = load(&fixtures("bert").join("plain"), &[]);
    let (resnet, vit) = (model("resnet", &[]), model("vit", &[]));
    let texts = || vec!["a".to_string()];
    let (task, embed) = (TaskOptions::default(), EmbedOptions::default());
    let refusals = [
        (
            embed::images(&bert, pictures(), &embed, &call).err(),
            "embed_texts",
            "ResNet",
        ),
        (
            embed::texts(&vit, texts(), &embed, &call).err(),
            "classify_images",
            "BERT",
        ),
        (
            classify::images(&bert, pictures(), &task, &call).err(),
            "embed_texts",
            "ResNet",
        ),
        (
            classify::images(&resnet, pictures(), &task, &call).err(),
            "embed_images",
            "ForImageClassification",
        ),
        (
            zero_shot::images(&vit, pictures(), texts(), &task, &call).err(),
            "classify_images",
            "CLIP",
        ),
    ];
    for (error, can, take) in refusals {
        let Some(Error::Unsupported(sentence)) = error else {
            panic!("{error:?}");
        };
        assert!(sentence.contains(can) && sentence.contains(take), "{sentence}");
    }
}

#[test]
fn a_bad_picture_is_named_and_leaves_the_others_alone() {
    let model = model("vit", &[("max_image_pixels", "3000")]);
    let with = |bad: Vec<u8>| {
        let mut all = pictures();
        all.truncate(2);
        all.insert(1, Picture::Encoded(bad));
        embed::images(&model, all, &EmbedOptions::default(), &Call::unwatched()).err()
    };
    for (bad, word) in [
        (b"no picture at all".to_vec(), "images[1]"),
        (std::fs::read(&files()[0]).unwrap()[..60].to_vec(), "PNG"),
        (std::fs::read(&files()[2]).unwrap(), "max_image_pixels"),
    ] {
        match with(bad) {
            Some(Error::InvalidArgument(s)) => assert!(s.contains("images[1]") && s.contains(word), "{s}"),
            other => panic!("{other:?}"),
        }
    }
    let good: Vec<Picture> = pictures().into_iter().take(2).collect();
    assert_eq!(embedded(&model, good, &EmbedOptions::default()).size()[0], 2);
}
