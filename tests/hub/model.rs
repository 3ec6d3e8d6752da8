//! From an id to vectors. The environment is the process's, so each case is a process of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::{Call, Model};

use super::server::{Repo, Server};
use super::{COMMIT, ID};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert/st_dense_tanh")
}

/// Not a test by itself: loads the model by its id and by its path in the environment that the test below gives it.
#[test]
fn child() {
    let Some(cache) = std::env::var_os("GLYXEL_TEST_HUB").map(PathBuf::from) else {
        return;
    };
    let options = Options {
        cache_dir: Some(cache),
        ..Options::default()
    };
    let vectors = |source: &str| {
        let model = std::sync::Arc::new(Model::load(source, &options, &Call::unwatched()).unwrap());
        let info: serde_json::Value = serde_json::from_str(model.info()).unwrap();
        let texts = vec!["a text".to_string(), "another one, longer".to_string()];
        let embedded = embed::texts(&model, texts, &EmbedOptions::default(), &Call::unwatched()).unwrap();
        (embedded, info)
    };
    let ((by_id, info), (by_path, _)) = (vectors(ID), vectors(fixture().to_str().unwrap()));
    assert_eq!(by_id, by_path);
    assert!(
        info.to_string().contains(COMMIT) && info.to_string().contains(ID),
        "{info}"
    );
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_model_by_its_id_gives_the_vectors_of_its_folder() {
    let mut files = BTreeMap::new();
    collect(&fixture(), "", &mut files);
    let server = Server::start();
    server.add(
        ID,
        Repo {
            revisions: [("main".to_string(), COMMIT.to_string())].into(),
            files,
            ..Repo::default()
        },
    );
    let cache = tempfile::tempdir().unwrap();
    let run = |variables: &[(&str, &str)]| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["model::child", "--exact"]);
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "HF_TOKEN",
        ] {
            child.env_remove(name);
        }
        child
            .env("GLYXEL_TEST_HUB", cache.path())
            .env("HF_HOME", cache.path())
            .envs(variables.iter().copied());
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    run(&[("HF_ENDPOINT", &server.url)]);
    let asked = server.seen();
    assert!(
        asked.iter().any(|r| r.line.ends_with("2_Dense/config.json"))
            && !asked.iter().any(|r| r.line.contains("expected"))
    );
    assert!(cache.path().join("hub/models--org--name/refs/main").is_file() && cache.path().join("bundles").is_dir());
    // The second time from the cache, converted already.
    run(&[("HF_ENDPOINT", &server.url)]);
    assert_eq!(server.seen().len(), 1);
    run(&[("HF_HUB_OFFLINE", "1")]);
    assert_eq!(server.seen().len(), 0);
}
