//! Checkpoint folders and weights built by hand, whole and broken.

use std::fs;

use serde_json::{json, Value};
use tch::Kind;

use super::*;
use crate::control::{Call, Control};

/// A safetensors file of a header and bytes, right or wrong.
fn file(header: &str, bytes: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

fn floats(name: &str, values: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let header = json!({ name: {"dtype": "F32", "shape": [values.len()], "data_offsets": [0, bytes.len()]} });
    file(&header.to_string(), &bytes)
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &[u8])]) -> Error {
    Checkpoint::open(folder(files).path())
        .err()
        .expect("the folder should have been refused")
}

fn weights(bytes: &[u8]) -> Result<Weights> {
    let folder = folder(&[("config.json", b"{}"), ("model.safetensors", bytes)]);
    Checkpoint::open(folder.path())?.weights("")
}

const MODULES: &str = r#"[{"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
    {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;

#[test]
fn a_plain_folder_opens() {
    let model = floats("a", &[1.0, 2.0]);
    let folder = folder(&[
        ("config.json", br#"{"model_type": "bert"}"#),
        ("model.safetensors", &model),
        ("vocab.txt", b"a"),
    ]);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(checkpoint.config().get("model_type"), Some(&json!("bert")));
    assert!(checkpoint.modules().is_none());
    assert_eq!(checkpoint.read("vocab.txt").unwrap().as_deref(), Some(&b"a"[..]));
    assert_eq!(checkpoint.read("tokenizer.json").unwrap(), None);
    assert!(matches!(checkpoint.read("../x"), Err(Error::BadModel(_))));
    assert!(matches!(checkpoint.weights("../x"), Err(Error::BadModel(_))));
    assert_eq!(checkpoint.licence().unwrap(), None);
    assert!(matches!(
        locate_offline(folder.path().to_str().unwrap()),
        Ok(Located::Checkpoint(_))
    ));
}

#[test]
fn a_sentence_transformers_folder_opens_with_its_modules() {
    let (model, dense) = (floats("a", &[1.0]), floats("linear.weight", &[2.0, 3.0]));
    let folder = folder(&[
        ("modules.json", MODULES.as_bytes()),
        ("config_sentence_transformers.json", b"{}"),
        ("README.md", b"---\nlicense: mit\n---\n"),
        ("0_Transformer/config.json", br#"{"model_type": "bert"}"#),
        ("0_Transformer/model.safetensors", &model),
        ("0_Transformer/sentence_bert_config.json", br#"{"max_seq_length": 9}"#),
        ("0_Transformer/tokenizer.json", b"{}"),
        ("0_Transformer/vocab.txt", b"a"),
        ("1_Pooling/config.json", b"{}"),
        ("2_Dense/config.json", b"{}"),
        ("2_Dense/model.safetensors", &dense),
        ("onnx/config.json", b"{}"),
    ]);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let kinds: Vec<_> = checkpoint.modules().unwrap().iter().map(|m| m.kind.as_str()).collect();
    assert_eq!(kinds, ["Transformer", "Pooling", "Dense", "Normalize"]);
    assert_eq!(checkpoint.transformer_path(), "0_Transformer");
    assert_eq!(checkpoint.transformer("vocab.txt").unwrap().as_deref(), Some(&b"a"[..]));
    assert!(checkpoint
        .transformer("config_sentence_transformers.json")
        .unwrap()
        .is_some());
    assert_eq!(
        checkpoint.weights("0_Transformer").unwrap().names().collect::<Vec<_>>(),
        ["a"]
    );
    assert_eq!(
        checkpoint.weights("2_Dense").unwrap().shape("linear.weight"),
        Some(&[2][..])
    );
    assert!(matches!(checkpoint.weights("1_Pooling"), Err(Error::NotFound(_))));
    assert_eq!(checkpoint.licence().unwrap().as_deref(), Some("mit"));
    let configs: Vec<_> = checkpoint
        .config_files()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "0_Transformer/config.json",
        "0_Transformer/sentence_bert_config.json",
        "1_Pooling/config.json",
        "2_Dense/config.json",
        "config_sentence_transformers.json",
        "modules.json",
    ];
    assert_eq!(configs, expected);
}

/// As large as one that names ImageNet's 21,841 classes twice.
#[test]
fn a_large_config_is_carried_and_a_list_of_data_is_not() {
    let filler = |bytes: usize| format!("{{\"names\": \"{}\"}}", "x".repeat(bytes)).into_bytes();
    let folder = folder(&[
        ("config.json", &filler(3 << 20)),
        ("data.json", &filler(17 << 20)),
        ("model.safetensors", &floats("a", &[1.0])),
    ]);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let configs = checkpoint.config_files().unwrap();
    assert_eq!(configs.len(), 1);
    assert_eq!(
        (configs[0].0.as_str(), configs[0].1.len() > 3 << 20),
        ("config.json", true)
    );
}

#[test]
fn what_a_folder_lacks_is_said() {
    let config: (&str, &[u8]) = ("config.json", b"{}");
    let says = |files: &[(&str, &[u8])], parts: &[&str]| {
        let error = refused(files).to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    says(&[], &["config.json"]);
    says(&[("model-q4.gguf", b"")], &["config.json", "model-q4.gguf"]);
    says(&[config], &["model.safetensors", "again"]);
    for (other, advice) in [
        ("tf_model.h5", "from_tf=True"),
        ("flax_model.msgpack", "from_flax=True"),
        ("model-00001-of-00002.safetensors", "index"),
        ("model-q4.gguf", "llama.cpp"),
        ("model.pt", "pytorch_model.bin"),
        ("adapter_model.bin", "merge_and_unload"),
        ("model.onnx", "exported from"),
        ("onnx/model.onnx", "exported from"),
    ] {
        let name = other.rsplit('/').next().unwrap();
        says(&[config, (other, b"")], &[name, advice, "save_pretrained"]);
    }
    says(
        &[("modules.json", MODULES.as_bytes()), config, ("model.safetensors", b"")],
        &["0_Transformer", "config.json"],
    );
    let no_transformer = br#"[{"path": "", "type": "sentence_transformers.models.StaticEmbedding"}]"#;
    assert!(
        matches!(refused(&[("modules.json", no_transformer), config]), Error::Unsupported(s) if s.contains("StaticEmbedding"))
    );
    assert!(matches!(refused(&[("config.json", b"{\"a\":")]), Error::BadModel(s) if s.contains("config.json")));
    assert!(matches!(
        Checkpoint::open(Path::new("/nowhere")),
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        Checkpoint::open(Path::new("/dev/null")),
        Err(Error::InvalidArgument(_))
    ));
}

#[test]
fn the_identity_changes_with_any_file_that_matters() {
    let model = floats("a", &[1.0, 2.0]);
    let folder = folder(&[
        ("config.json", b"{}"),
        ("model.safetensors", &model),
        ("tokenizer.json", b"{}"),
        ("notes.log", b""),
    ]);
    let identity = || Checkpoint::open(folder.path()).unwrap().identity().unwrap();
    let mut seen = vec![identity()];
    fs::write(folder.path().join("notes.log"), b"changed").unwrap();
    assert_eq!(identity(), seen[0]);
    assert_eq!(seen[0].len(), 64);
    let changed = floats("a", &[1.0, 3.0]);
    let changes: [(&str, &[u8]); 5] = [
        ("config.json", br#"{"hidden_size": 1}"#),
        ("tokenizer.json", br#"{"version": 1}"#),
        ("vocab.txt", b"a"),
        ("README.md", b"---\nlicense: mit\n---"),
        ("model.safetensors", &changed),
    ];
    for (name, bytes) in changes {
        // Of the same size as before or not: a file written anew is another one to the file system.
        fs::remove_file(folder.path().join(name)).ok();
        fs::write(folder.path().join(name), bytes).unwrap();
        let now = identity();
        assert!(!seen.contains(&now), "{name}");
        seen.push(now);
    }
}

#[test]
fn tensors_are_read_in_their_stored_types() {
    let types = [
        ("F64", Kind::Double, 8),
        ("F32", Kind::Float, 4),
        ("F16", Kind::Half, 2),
        ("BF16", Kind::BFloat16, 2),
        ("I64", Kind::Int64, 8),
        ("I32", Kind::Int, 4),
        ("I16", Kind::Int16, 2),
        ("I8", Kind::Int8, 1),
        ("U8", Kind::Uint8, 1),
        ("BOOL", Kind::Bool, 1),
    ];
    for (dtype, kind, size) in types {
        let header = json!({"a": {"dtype": dtype, "shape": [2, 3], "data_offsets": [0, 6 * size]},
            "empty": {"dtype": dtype, "shape": [0, 3], "data_offsets": [6 * size, 6 * size]},
            "scalar": {"dtype": dtype, "shape": [], "data_offsets": [6 * size, 7 * size]}});
        let weights = weights(&file(&header.to_string(), &vec![1; 7 * size])).unwrap();
        assert_eq!(weights.names().collect::<Vec<_>>(), ["a", "empty", "scalar"]);
        assert_eq!(weights.dtype("a").as_deref(), Some(dtype));
        let tensor = weights.tensor("a").unwrap();
        assert_eq!((tensor.kind(), tensor.size()), (kind, vec![2, 3]));
        assert_eq!(weights.tensor("empty").unwrap().size(), [0, 3]);
        assert!(weights.tensor("scalar").unwrap().size().is_empty());
        assert!(matches!(weights.tensor("none"), Err(Error::BadModel(s)) if s.contains("none")));
    }
    let eighths = json!({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}});
    let eighths = weights(&file(&eighths.to_string(), &[1])).unwrap();
    assert!(matches!(eighths.tensor("a"), Err(Error::Unsupported(s)) if s.contains("F8_E4M3")));
    let bits = json!({"a": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}});
    assert!(matches!(
        weights(&file(&bits.to_string(), &[2])).unwrap().tensor("a"),
        Err(Error::BadModel(_))
    ));
}

#[test]
fn a_damaged_weights_file_is_refused_in_a_sentence() {
    let whole = floats("a", &[1.0, 2.0]);
    weights(&whole).unwrap();
    for len in 0..whole.len() {
        assert!(matches!(weights(&whole[..len]), Err(Error::BadModel(_))), "{len} bytes");
    }
    assert!(matches!(
        weights(&[&whole[..], b"\0"].concat()),
        Err(Error::BadModel(_))
    ));
    assert!(matches!(weights(&[0xff; 4096]), Err(Error::BadModel(_))));
    let info = |dtype: &str, shape: Value, begin: u64, end: u64| json!({"dtype": dtype, "shape": shape, "data_offsets": [begin, end]});
    let headers = [
        json!({"a": info("F32", json!([2]), 0, 4)}),
        json!({"a": info("F32", json!([2]), 8, 16)}),
        json!({"a": info("F32", json!([2]), 8, 0)}),
        json!({"a": info("F32", json!([1_u64 << 40]), 0, 1 << 42)}),
        json!({"a": info("F32", json!([u64::MAX, 2]), 0, 8)}),
        json!({"a": info("F32", json!([1_u64 << 62, 4]), 0, 8)}),
        json!({"a": info("F32", json!([2]), 0, 8), "b": info("F32", json!([2]), 0, 8)}),
        json!({"a": info("F32", json!([1]), 0, 4), "b": info("F32", json!([1]), 2, 6)}),
        json!({"a": info("F31", json!([2]), 0, 8)}),
        json!({"a": info("F32", json!([-2]), 0, 8)}),
        json!({"a": info("F32", json!([u64::MAX, 0]), 0, u64::MAX)}),
        json!([1, 2]),
        json!({"a": 1}),
    ];
    for header in headers {
        assert!(
            matches!(weights(&file(&header.to_string(), &[0; 8])), Err(Error::BadModel(_))),
            "{header}"
        );
    }
    let impossible = json!({"a": info("F32", json!([0, u64::MAX]), 0, 0)});
    assert!(matches!(
        weights(&file(&impossible.to_string(), &[])).unwrap().tensor("a"),
        Err(Error::BadModel(_))
    ));
}

#[test]
fn shards_are_read_by_their_index() {
    let (first, second) = (floats("a", &[1.0]), floats("b", &[2.0, 3.0]));
    let open = |map: Value| {
        let index = json!({"metadata": {"total_size": 12}, "weight_map": map}).to_string();
        let folder = folder(&[
            ("config.json", b"{}"),
            ("model-1.safetensors", &first),
            ("model-2.safetensors", &second),
            ("model.safetensors.index.json", index.as_bytes()),
        ]);
        Checkpoint::open(folder.path())?.weights("")
    };
    let weights = open(json!({"b": "model-2.safetensors", "a": "model-1.safetensors"})).unwrap();
    assert_eq!(weights.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(weights.tensor("b").unwrap().size(), [2]);
    use sha2::Digest;
    let both = sha2::Sha256::digest([&first[..], &second].concat());
    assert_eq!(weights.sha256(&Call::unwatched()).unwrap(), hex(&both));

    assert!(matches!(open(json!({"a": "model-2.safetensors"})), Err(Error::BadModel(s)) if s.contains("tensor a")));
    assert!(matches!(open(json!({"a": "model-3.safetensors"})), Err(Error::NotFound(s)) if s.contains("model-3")));
    for shard in ["../model-1.safetensors", "/etc/passwd", "..", "", "a/b", "a\0"] {
        assert!(
            matches!(open(json!({"a": shard})), Err(Error::BadModel(s)) if s.contains("plain file name")),
            "{shard:?}"
        );
    }
    for map in [json!({}), json!([]), json!({"a": 1}), Value::Null] {
        assert!(matches!(open(map), Err(Error::BadModel(s)) if s.contains("index.json")));
    }
}

#[test]
fn hashing_reports_its_progress_and_can_be_cancelled() {
    let values = vec![1.0; 1 << 20];
    let bytes = floats("a", &values);
    let weights = weights(&bytes).unwrap();
    let control = Control::new();
    weights.sha256(&control.call()).unwrap();
    assert_eq!(control.progress(), (2, bytes.len() as u64, bytes.len() as u64));
    control.cancel();
    assert!(matches!(weights.sha256(&control.call()), Err(Error::Cancelled(_))));
}

/// No test here asks a network: tests/hub.rs has a hub of its own.
fn locate_offline(spec: &str) -> Result<Located> {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        offline: true,
        cache_dir: Some(folder.path().into()),
        ..Options::default()
    };
    locate(spec, &options, &Call::unwatched())
}

fn unlocated(spec: &str) -> Error {
    match locate_offline(spec) {
        Ok(_) => panic!("{spec:?} was located"),
        Err(error) => error,
    }
}

#[test]
fn what_cannot_be_a_source_is_refused_in_a_sentence() {
    let wrong = [
        "",
        "file:",
        "hf:",
        "a\0b",
        "file:/tmp/\0",
        "/dev/null",
        "file:///dev/zero",
        "hf:/etc",
        "hf:../a",
        "hf:a/b/c",
        "hf:a b",
        "hf:org/name@",
        "org/name@../x",
    ];
    for spec in wrong {
        assert!(matches!(unlocated(spec), Error::InvalidArgument(_)), "{spec:?}");
    }
    let ids = [
        "org/name",
        "sentence-transformers/all-MiniLM-L6-v2@main",
        "bert-base-uncased",
    ];
    for spec in ids.iter().copied().chain(["hf:org/name@v1"]) {
        let error = unlocated(spec);
        let sentence = error.to_string();
        assert!(
            matches!(error, Error::NotFound(_)) && sentence.contains("offline"),
            "{sentence}"
        );
        assert_eq!(sentence.contains("at the path"), !spec.starts_with("hf:"), "{sentence}");
    }
    for spec in [
        "/nowhere/at/all",
        "./a",
        "file:org/name",
        "/etc/hostname/below",
        "näme",
        "a/b/c",
        "model.pt",
        "org/name.pt",
    ] {
        let error = unlocated(spec);
        assert!(
            matches!(&error, Error::NotFound(s) if !s.contains("offline") && s.contains("path")),
            "{error}"
        );
    }
    assert!(matches!(unlocated(&"x".repeat(100_000)), Error::Io(_)));
}

#[test]
fn a_checkpoint_of_a_hub_has_its_own_identity() {
    let folder = folder(&[("config.json", b"{}"), ("model.safetensors", &floats("a", &[1.0]))]);
    let of = |commit: &str| {
        let origin = Origin {
            repo: "org/name".into(),
            commit: commit.into(),
        };
        Checkpoint::open(folder.path())
            .unwrap()
            .from_hub(origin)
            .identity()
            .unwrap()
    };
    let plain = Checkpoint::open(folder.path()).unwrap().identity().unwrap();
    assert!(of("1") == of("1") && of("1") != of("2") && of("1") != plain);
}

#[test]
fn a_file_is_a_bundle_unless_it_is_weights() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("modèle.pt");
    std::fs::write(&bundle, b"anything").unwrap();
    for spec in [bundle.display().to_string(), format!("file:{}", bundle.display())] {
        assert!(matches!(locate_offline(&spec), Ok(Located::Bundle(p)) if p == bundle));
    }
    for name in [
        "model.safetensors",
        "pytorch_model.bin",
        "pytorch_model-00001-of-00002.bin",
    ] {
        let weights = folder.path().join(name);
        std::fs::write(&weights, b"anything").unwrap();
        let error = unlocated(weights.to_str().unwrap());
        assert!(
            matches!(&error, Error::InvalidArgument(s) if s.contains("folder")),
            "{error}"
        );
    }
}
