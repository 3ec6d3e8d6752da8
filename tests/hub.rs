//! Models by their Hugging Face id, from a hub on loopback that can fail in every way that matters.

#[path = "hub/broken.rs"]
mod broken;
#[path = "hub/download.rs"]
mod download;
#[path = "hub/environment.rs"]
mod environment;
#[path = "hub/model.rs"]
mod model;
#[path = "hub/refused.rs"]
mod refused;
#[path = "hub/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use glyxel::error::Result;
use glyxel::options::Options;
use glyxel::source::hub::{self, Id, Settings, Snapshot};
use glyxel::Call;
use server::{sha256, Repo, Request, Server};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NEXT: &str = "89abcdef0123456789abcdef0123456789abcdef";
const ID: &str = "org/name";

/// A repository as they are on the hub: what is needed and what is not.
fn repo() -> Repo {
    let weights: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;
    let files = [
        ("README.md", "---\nlicense: mit\n---\n"),
        ("modules.json", modules),
        ("config.json", r#"{"model_type": "bert"}"#),
        ("1_Pooling/config.json", "{}"),
        ("sentence_bert_config.json", "{}"),
        ("config_sentence_transformers.json", "{}"),
        ("tokenizer.json", "{\"version\": \"1.0\"}"),
        ("tokenizer_config.json", "{ }"),
        ("vocab.txt", "[PAD]"),
        ("onnx/model.onnx", "onnx"),
        ("tf_model.h5", "tensorflow"),
        ("pytorch_model.bin", "pickle"),
    ];
    let mut files: BTreeMap<String, Vec<u8>> = files.map(|(name, text)| (name.to_string(), text.into())).into();
    files.insert("model.safetensors".into(), weights);
    Repo {
        revisions: [("main".to_string(), COMMIT.to_string())].into(),
        files,
        ..Repo::default()
    }
}

const NEEDED: [&str; 9] = [
    "1_Pooling/config.json",
    "README.md",
    "config.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// A server with one repository, and an empty cache.
struct Bench {
    server: Server,
    cache: tempfile::TempDir,
}

impl Bench {
    fn new(repo: Repo) -> Self {
        let server = Server::start();
        server.add(ID, repo);
        let cache = tempfile::tempdir().unwrap();
        Bench { server, cache }
    }

    fn settings(&self, options: &Options, variables: &[(&str, &str)]) -> Settings {
        let mut all = vec![
            ("HF_ENDPOINT", self.server.url.as_str()),
            ("HF_HUB_CACHE", self.cache.path().to_str().unwrap()),
        ];
        all.extend(variables);
        let mut settings = settings(options, &all).unwrap();
        settings.backoff = Duration::from_millis(1);
        settings
    }

    fn fetch(&self, spec: &str) -> Result<Snapshot> {
        self.fetch_with(spec, &[])
    }

    fn fetch_with(&self, spec: &str, variables: &[(&str, &str)]) -> Result<Snapshot> {
        let settings = self.settings(&Options::default(), variables);
        hub::fetch(&Id::parse(spec, None).unwrap(), &settings, &Call::unwatched())
    }

    fn folder(&self) -> PathBuf {
        self.cache.path().join("models--org--name")
    }

    /// The one part of a file that an attempt has left.
    fn partial(&self) -> PathBuf {
        self.folder()
            .join("blobs")
            .join(format!("{}.incomplete", sha256(&repo().files["model.safetensors"])))
    }

    fn assert_whole(&self, commit: &str) {
        for name in NEEDED {
            assert_eq!(
                fs::read(self.folder().join("snapshots").join(commit).join(name)).unwrap(),
                repo().files[name],
                "{name}"
            );
        }
        assert!(!self.partial().exists());
    }
}

fn settings(options: &Options, variables: &[(&str, &str)]) -> Result<Settings> {
    let variables: BTreeMap<String, OsString> = variables.iter().map(|(k, v)| (k.to_string(), v.into())).collect();
    Settings::new(options, &|name| variables.get(name).cloned())
}

fn lines(requests: &[Request], part: &str) -> Vec<String> {
    requests
        .iter()
        .filter(|r| r.line.contains(part))
        .map(|r| r.line.clone())
        .collect()
}

/// From where on each request to the storage wanted its file.
fn ranges(requests: &[Request]) -> Vec<Option<String>> {
    let storage = requests.iter().filter(|r| r.line.starts_with("storage"));
    storage.map(|r| r.headers.get("range").cloned()).collect()
}

/// The paths below a folder, without folders, sorted.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_string());
            }
        }
    }
    found.sort();
    found
}
