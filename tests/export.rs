//! Bundles that examples/export wrote in Python: other families than those in models/, run and optimised like our own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::torch::{self, Device, Module, Program};
use glyxel::{bundle, Model};
use tch::Tensor;

const NAMES: [&str; 3] = ["t5", "qwen3", "ernie"];

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/export")
        .join(file)
}

fn texts() -> Vec<String> {
    serde_json::from_slice(&std::fs::read(fixture("texts.json")).unwrap()).unwrap()
}

fn expected(name: &str, what: &str) -> Option<Tensor> {
    let tensors = Tensor::read_safetensors(fixture(&format!("{name}.safetensors"))).unwrap();
    tensors.into_iter().find(|(n, _)| n == what).map(|(_, tensor)| tensor)
}

fn load(name: &str, precision: &str) -> Arc<Model> {
    let mut options = Options::default();
    options.set("precision", precision).unwrap();
    let path = fixture(&format!("{name}.pt"));
    Arc::new(Model::load(path.to_str().unwrap(), &options, &Call::unwatched()).unwrap())
}

fn embed(model: &Arc<Model>, texts: Vec<String>, options: &EmbedOptions) -> Tensor {
    let n = texts.len() as i64;
    let vectors = embed::texts(model, texts, options, &Call::unwatched()).unwrap();
    Tensor::from_slice(&vectors).view([n, -1])
}

fn assert_close(got: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(got.size(), expected.size(), "{what}");
    let scale = expected.abs().max().double_value(&[]).max(1.);
    let difference = (got - expected).abs().max().double_value(&[]) / scale;
    assert!(difference < 1e-5, "{what}: {difference:e}");
}

#[test]
fn vectors_equal_those_of_sentence_transformers() {
    for name in NAMES {
        let model = load(name, "f32");
        let got = embed(&model, texts(), &EmbedOptions::default());
        assert_close(&got, &expected(name, "embeddings").unwrap(), name);
        for (i, text) in texts().into_iter().enumerate() {
            let alone = embed(&model, vec![text], &EmbedOptions::default());
            assert_close(&alone, &got.narrow(0, i as i64, 1), name);
        }
    }
}

#[test]
fn bf16_points_the_same_way() {
    for name in NAMES {
        let got = embed(&load(name, "bf16"), texts(), &EmbedOptions::default());
        let cosine = Tensor::cosine_similarity(&got, &expected(name, "embeddings").unwrap(), 1, 1e-12);
        assert!(cosine.min().double_value(&[]) > 0.999, "{name}: {cosine}");
    }
}

#[test]
fn prompts_and_normalising_are_in_the_bundle() {
    let mut seen = 0;
    for name in NAMES {
        let model = load(name, "f32");
        if let Some(expected) = expected(name, "embeddings.query") {
            let options = EmbedOptions {
                prompt: "@query".into(),
                ..Default::default()
            };
            assert_close(&embed(&model, texts(), &options), &expected, name);
            seen += 1;
        }
        if let Some(expected) = expected(name, "embeddings.unnormalized") {
            let options = EmbedOptions {
                normalize: Normalize::No,
                ..Default::default()
            };
            assert_close(&embed(&model, texts(), &options), &expected, name);
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
}

/// The script states both by itself: a release that changes one has to change the script, and write the fixtures anew.
#[test]
fn the_script_writes_this_version_s_bundles() {
    for name in NAMES {
        let archive = bundle::open(&fixture(&format!("{name}.pt")), &Call::unwatched()).unwrap();
        let manifest = archive.manifest();
        assert_eq!(manifest.format, bundle::FORMAT, "{name}");
        assert_eq!(manifest.glyxel, env!("CARGO_PKG_VERSION"), "{name}");
    }
}

#[test]
fn the_graph_optimiser_rewrites_them() {
    torch::start_compute_thread(Device::Cpu, 2).unwrap();
    for name in NAMES {
        let path = fixture(&format!("{name}.pt"));
        let archive = bundle::open(&path, &Call::unwatched()).unwrap();
        let reader: File = archive.into_reader().unwrap();
        let module = Module::load(reader, Device::Cpu).unwrap();
        let program = Program::with(module, &["embed_text"], Device::Cpu, true).unwrap();
        let graph = program.graph("embed_text").unwrap();
        assert!(graph.contains("glyxel::linear"), "{name}: {graph}");
        assert!(!graph.contains("aten::linear("), "{name}: {graph}");
    }
}
