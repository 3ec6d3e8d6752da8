//! Queries and documents of checkpoints for late interaction.

use std::path::Path;

use glyxel::control::Call;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::tasks::embed_tokens::{self, Role, TokenOptions, TokenVectors};
use glyxel::{Error, Model};
use std::sync::Arc;
use tch::Tensor;

use super::support::{difference, expected, fixtures, folders, json, load, texts};

fn embed(model: &Arc<Model>, texts: &[String], role: Role) -> TokenVectors {
    let options = TokenOptions {
        role,
        ..Default::default()
    };
    embed_tokens::texts(model, texts.to_vec(), &options, &Call::unwatched()).unwrap()
}

fn compare(folder: &Path, model: &Arc<Model>, name: &str, role: Role) {
    let texts = texts(&fixtures("families").join("texts.json"));
    let rows = json(&folder.join("expected.json"))[name].clone();
    let found = embed(model, &texts, role);
    let mut first = 0;
    for (item, row) in rows.as_array().unwrap().iter().enumerate() {
        let what = format!("{}, {name} {item}", folder.display());
        let tokens: Vec<_> = (0..found.counts[item]).map(|t| found.token(item, t).unwrap()).collect();
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let spans: Vec<[usize; 2]> = tokens.iter().map(|token| [token.span.start, token.span.end]).collect();
        assert_eq!(
            ids,
            serde_json::from_value::<Vec<u32>>(row["ids"].clone()).unwrap(),
            "{what}"
        );
        assert_eq!(
            spans,
            serde_json::from_value::<Vec<[usize; 2]>>(row["spans"].clone()).unwrap(),
            "{what}"
        );
        let expected = expected(folder, &format!("{name}.{item}")).unwrap();
        let vectors = &found.vectors[first * found.dim..(first + ids.len()) * found.dim];
        let vectors = Tensor::from_slice(vectors).view([ids.len() as i64, found.dim as i64]);
        let difference = difference(&vectors, &expected);
        assert!(difference < 1e-5, "{what}: {difference:e}");
        first += ids.len();
    }
    assert_eq!(first * found.dim, found.vectors.len());
}

#[test]
fn queries_and_documents_are_the_references() {
    let folders = folders(&fixtures("tokens"));
    assert_eq!(folders.len(), 7);
    for folder in folders {
        let model = load(&folder, &[]);
        compare(&folder, &model, "query", Role::Query);
        compare(&folder, &model, "document", Role::Document);
    }
}

/// Neither PyLate nor colbert-ai makes one vector of a text.
#[test]
fn there_is_no_vector_of_a_whole_text() {
    let model = load(&fixtures("tokens").join("stanford"), &[]);
    let refused = embed::texts(&model, vec!["a".into()], &EmbedOptions::default(), &Call::unwatched());
    assert!(matches!(refused, Err(Error::Unsupported(s)) if s.contains("embed_tokens")));
    assert_eq!(model.dim(), 0);
}

#[test]
fn hidden_states_lengths_and_plain_texts_are_there_too() {
    let model = load(&fixtures("tokens").join("pylate"), &[("max_length", "9")]);
    let texts = ["the film was good, and the story was very bad".to_string()];
    assert_eq!(embed(&model, &texts, Role::Query).counts, [9]);
    assert!(embed(&model, &texts, Role::Document).counts[0] <= 9);
    assert_eq!(embed(&model, &texts, Role::Text).counts, [9]);
    assert_eq!(embed(&model, &texts, Role::Text).dim, 8);
    let options = TokenOptions {
        layer: -1,
        role: Role::Query,
        ..Default::default()
    };
    let hidden = embed_tokens::texts(&model, texts.to_vec(), &options, &Call::unwatched()).unwrap();
    assert_eq!((hidden.dim, hidden.counts.as_slice()), (12, [9].as_slice()));
}

/// A copy of a fixture with one file changed.
fn changed(name: &str, file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let source = fixtures("tokens").join(name);
    let mut pending = vec![source.clone()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let target = copy.path().join(entry.strip_prefix(&source).unwrap());
            if entry.is_dir() {
                std::fs::create_dir(&target).unwrap();
                pending.push(entry);
            } else {
                std::fs::copy(&entry, &target).unwrap();
            }
        }
    }
    let path = copy.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    copy
}

#[test]
fn what_is_not_implemented_is_refused_by_name() {
    const METADATA: &str = "artifact.metadata";
    const PYLATE: &str = "config_sentence_transformers.json";
    for (name, file, from, to, word) in [
        (
            "stanford",
            METADATA,
            "\"similarity\": \"cosine\"",
            "\"similarity\": \"l2\"",
            "similarity",
        ),
        (
            "stanford",
            METADATA,
            "\"interaction\": \"colbert\"",
            "\"interaction\": \"flipr\"",
            "interaction",
        ),
        ("stanford", METADATA, "[unused3]", "[unused9]", "query_token_id"),
        (
            "stanford",
            METADATA,
            "\"query_maxlen\": 12",
            "\"query_maxlen\": 2",
            "query",
        ),
        (
            "stanford",
            METADATA,
            "\"doc_maxlen\": 18",
            "\"doc_maxlen\": -1",
            METADATA,
        ),
        ("pylate", PYLATE, "\"[D] \"", "\"[no] \"", "document_prefix"),
        ("pylate", PYLATE, "\"query_length\": 14", "\"query_length\": 0", "query"),
        ("pylate", PYLATE, "\"ColBERT\"", "\"SparseEncoder\"", "SparseEncoder"),
        (
            "pylate",
            "modules.json",
            "pylate.models.Dense.Dense",
            "pylate.models.Other",
            "pylate.models.Other",
        ),
        (
            "pylate",
            "1_Dense/config.json",
            "\"in_features\": 12",
            "\"in_features\": 13",
            "1_Dense/config.json",
        ),
    ] {
        let folder = changed(name, file, from, to);
        let mut options = glyxel::options::Options::default();
        options.set("cache", "false").unwrap();
        let error = Model::load(folder.path().to_str().unwrap(), &options, &Call::unwatched()).err();
        let error = error.unwrap_or_else(|| panic!("{to} was taken"));
        assert!(
            matches!(error, Error::Unsupported(_) | Error::BadModel(_)),
            "{to}: {error:?}"
        );
        assert!(error.to_string().contains(word), "{to}: {error}");
    }
}
