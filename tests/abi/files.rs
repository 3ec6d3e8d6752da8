//! Files that are missing, empty, cut short, damaged, contradictory or newer; folders that cannot be written.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::*;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A bundle of a small model, and its bytes.
fn bundle(name: &str) -> (PathBuf, Vec<u8>) {
    fs::create_dir_all(scratch("bundles")).unwrap();
    let path = scratch("bundles").join(name);
    save(shared().0, &path);
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

#[test]
fn what_is_not_there() {
    for source in ["/nowhere/at/all", "file:/nowhere", "no-such-file.pt"] {
        load_refused(GLYXEL_NOT_FOUND, source, &[]);
    }
    load_refused(GLYXEL_NOT_FOUND, "nobody/no-model", &[("offline", "true")]);
    load_refused(GLYXEL_NOT_FOUND, "hf:nobody/no-model", &[("offline", "true")]);
    load_refused(GLYXEL_INVALID_ARGUMENT, "hf:no/such/id", &[]);
    load_refused(GLYXEL_INVALID_ARGUMENT, "", &[]);
    load_refused(GLYXEL_INVALID_ARGUMENT, "file:", &[]);
    assert!(load_refused(GLYXEL_INVALID_ARGUMENT, "/tmp\0/x", &[]).contains("NUL"));
    // Longer than any path.
    let (status, _) = outcome(|err| {
        let options = options(&[]);
        try_load(&"x".repeat(100_000), options.0, std::ptr::null_mut(), err).map_or_else(|s| s, |_| GLYXEL_OK)
    });
    assert!([GLYXEL_NOT_FOUND, GLYXEL_IO, GLYXEL_INVALID_ARGUMENT].contains(&status));
}

#[test]
fn folders_without_a_checkpoint() {
    let folder = scratch("empty folder");
    fs::create_dir_all(&folder).unwrap();
    let (status, sentence) = outcome(|err| {
        let options = options(&[]);
        try_load(text(&folder), options.0, std::ptr::null_mut(), err).map_or_else(|s| s, |_| GLYXEL_OK)
    });
    assert!(
        [GLYXEL_NOT_FOUND, GLYXEL_BAD_MODEL].contains(&status) && sentence.contains("config.json"),
        "{sentence}"
    );
    for missing in ["config.json", "model.safetensors", "tokenizer.json"] {
        let folder = copy_of("plain", &format!("without {missing}"));
        fs::remove_file(folder.join(missing)).unwrap();
        let (status, sentence) = outcome(|err| {
            let options = options(&[]);
            try_load(text(&folder), options.0, std::ptr::null_mut(), err).map_or_else(|s| s, |_| GLYXEL_OK)
        });
        assert!(
            [GLYXEL_NOT_FOUND, GLYXEL_BAD_MODEL].contains(&status),
            "{missing}: {status} {sentence}"
        );
        assert!(
            sentence.contains(missing.split('.').next().unwrap()),
            "{missing}: {sentence}"
        );
    }
}

#[test]
fn checkpoints_that_are_damaged() {
    for (file, status) in [
        ("config.json", GLYXEL_BAD_MODEL),
        ("model.safetensors", GLYXEL_BAD_MODEL),
        ("tokenizer.json", GLYXEL_BAD_MODEL),
    ] {
        let whole = fs::read(fixture("plain").join(file)).unwrap();
        let damages: [(&str, Vec<u8>); 4] = [
            ("empty", vec![]),
            ("cut short", whole[..whole.len() / 2].to_vec()),
            ("garbage", (0..whole.len()).map(|i| (i * 7919 % 251) as u8).collect()),
            ("binary", vec![0xff; 64]),
        ];
        for (damage, bytes) in damages {
            let folder = copy_of("plain", &format!("{damage} {file}"));
            fs::write(folder.join(file), bytes).unwrap();
            let sentence = load_refused(status, text(&folder), &[]);
            assert!(
                sentence.contains(file.split('.').next().unwrap()),
                "{damage} {file}: {sentence}"
            );
        }
    }
}

#[test]
fn configs_that_disagree_with_the_weights() {
    let config: serde_json::Value =
        serde_json::from_slice(&fs::read(fixture("plain").join("config.json")).unwrap()).unwrap();
    let changes = [
        ("hidden_size", 64.into(), GLYXEL_BAD_MODEL),
        ("intermediate_size", 8.into(), GLYXEL_BAD_MODEL),
        ("num_hidden_layers", 1.into(), GLYXEL_BAD_MODEL),
        ("num_hidden_layers", 3.into(), GLYXEL_BAD_MODEL),
        ("vocab_size", 5.into(), GLYXEL_BAD_MODEL),
        ("num_attention_heads", 5.into(), GLYXEL_BAD_MODEL),
        ("num_attention_heads", 0.into(), GLYXEL_BAD_MODEL),
        ("hidden_size", (-1).into(), GLYXEL_BAD_MODEL),
        ("hidden_size", "many".into(), GLYXEL_BAD_MODEL),
        ("hidden_size", (1u64 << 62).into(), GLYXEL_BAD_MODEL),
        ("num_hidden_layers", u64::MAX.into(), GLYXEL_BAD_MODEL),
        ("pad_token_id", 1_000_000.into(), GLYXEL_BAD_MODEL),
        ("model_type", "tarot".into(), GLYXEL_UNSUPPORTED),
        ("hidden_act", "telepathy".into(), GLYXEL_UNSUPPORTED),
    ];
    for (i, (field, value, expected)) in changes.into_iter().enumerate() {
        let folder = copy_of("plain", &format!("config {i}"));
        let mut changed = config.clone();
        changed[field] = value;
        fs::write(folder.join("config.json"), changed.to_string()).unwrap();
        let (status, sentence) = outcome(|err| {
            let options = options(&[]);
            try_load(text(&folder), options.0, std::ptr::null_mut(), err).map_or_else(|s| s, |_| GLYXEL_OK)
        });
        assert_eq!(status, expected, "{field} = {}: {sentence}", changed[field]);
    }
}

#[test]
fn tokenizers_that_disagree_with_the_model() {
    let read = |path: PathBuf| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap();
    // No room for the special tokens, or for anything.
    for length in [0, 1] {
        let folder = copy_of("st_mean", &format!("length {length}"));
        let file = folder.join("sentence_bert_config.json");
        let mut config = read(file.clone());
        config["max_seq_length"] = length.into();
        fs::write(file, config.to_string()).unwrap();
        let sentence = load_refused(GLYXEL_BAD_MODEL, text(&folder), &[]);
        assert!(sentence.contains("max_seq_length"), "{sentence}");
    }
    // Asked for by the caller, it is the caller's mistake.
    load_refused(
        GLYXEL_INVALID_ARGUMENT,
        text(&fixture("st_mean")),
        &[("max_length", "1")],
    );
    // A type of token that the model has no row for.
    let folder = copy_of("plain", "types");
    let file = folder.join("tokenizer_config.json");
    let mut config = read(file.clone());
    // Of a BertTokenizer only the vocabulary would count.
    config["tokenizer_class"] = "PreTrainedTokenizerFast".into();
    fs::write(file, config.to_string()).unwrap();
    let file = folder.join("tokenizer.json");
    let mut tokenizer = read(file.clone());
    let special = |id: &str, token: i64| serde_json::json!({"id": id, "ids": [token], "tokens": [id]});
    tokenizer["post_processor"] = serde_json::json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 2}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"[CLS]": special("[CLS]", 2)},
    });
    fs::write(file, tokenizer.to_string()).unwrap();
    let sentence = load_refused(GLYXEL_BAD_MODEL, text(&folder), &[]);
    assert!(sentence.contains("type_vocab_size"), "{sentence}");
}

#[test]
fn bundles_that_are_damaged() {
    let (path, whole) = bundle("damaged.pt");
    let middle = whole.len() / 2;
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut damages = vec![
        vec![],
        vec![0],
        b"PK\x03\x04".to_vec(),
        whole[..10].to_vec(),
        whole[..middle].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        whole[1..].to_vec(),
        vec![0xff; whole.len()],
        [whole.clone(), vec![0]].concat(),
        [whole.clone(), whole.clone()].concat(),
    ];
    damages.extend([0, 100, middle, whole.len() - 30, whole.len() - 1].map(flipped));
    for (i, bytes) in damages.iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let sentence = load_refused(GLYXEL_BAD_MODEL, text(&path), &[]);
        assert!(sentence.contains("damaged.pt"), "{i}: {sentence}");
        refused(GLYXEL_BAD_MODEL, |err| {
            load_bytes(bytes, err).map_or_else(|s| s, |_| GLYXEL_OK)
        });
    }
    fs::write(&path, &whole).unwrap();
    load(&path);
}

#[test]
fn a_bundle_that_is_emptied_while_its_model_is_in_use() {
    let (path, _) = bundle("emptied.pt");
    let texts = ["a stone", "the sea and the sky"];
    let model = load(&path);
    // In place, as a copy over it would. What is read only now would end the process.
    fs::File::options().write(true).truncate(true).open(&path).unwrap();
    assert_eq!(embed(&model, &texts), embed(shared().0, &texts));
}

#[test]
fn a_cache_that_is_deleted_while_its_model_is_in_use() {
    let cache = scratch("deleted cache");
    let model = load_with(text(&fixture("st_mean")), &[("cache_dir", text(&cache))]);
    fs::remove_dir_all(&cache).unwrap();
    let texts = ["a stone", "the sea and the sky"];
    assert_eq!(embed(&model, &texts), embed(shared().0, &texts));
}

#[test]
fn a_bundle_of_a_newer_format() {
    let (path, bytes) = bundle("newer.pt");
    fs::write(&path, with_manifest(&bytes, "\"format\": 1", "\"format\": 2")).unwrap();
    glyxel::bundle::seal(&path).unwrap();
    let sentence = load_refused(GLYXEL_UNSUPPORTED, text(&path), &[]);
    assert!(sentence.contains("newer") || sentence.contains('2'), "{sentence}");
    // The same way without the change gives a bundle that loads.
    fs::write(&path, with_manifest(&bytes, "\"format\": 1", "\"format\": 1")).unwrap();
    glyxel::bundle::seal(&path).unwrap();
    load(&path);
}

/// The bundle, not sealed, with a part of its manifest replaced by one of the same length, and its checksums right again.
pub fn with_manifest(bundle: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bundle.to_vec();
    let end = find(&bytes, b"PK\x05\x06");
    bytes.truncate(end + 22);
    bytes[end + 20..].fill(0);
    // The manifest is stored as it is, and stands in the file once.
    let begin = bytes
        .windows(from.len())
        .position(|w| w == from.as_bytes())
        .expect("the manifest has it");
    let open = bytes[..begin].iter().rposition(|b| *b == b'{').unwrap();
    let length = serde_json::Deserializer::from_slice(&bytes[open..]).into_iter::<serde_json::Value>();
    let mut values = length;
    values.next().unwrap().unwrap();
    let manifest = open..open + values.byte_offset();
    let before = crc32fast::hash(&bytes[manifest.clone()]).to_le_bytes();
    bytes[begin..begin + to.len()].copy_from_slice(to.as_bytes());
    let after = crc32fast::hash(&bytes[manifest]).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..at + 4] == before).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&after);
    }
    bytes
}

/// The last place where `what` stands.
fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).rposition(|w| w == what).unwrap()
}

#[test]
fn a_bundle_saved_and_loaded_gives_the_same_vectors() {
    let (model, _) = shared();
    let texts = ["a good film", "", "the river is long"];
    let expected = embed(model, &texts);
    let (path, bytes) = bundle("größe 映画.pt");
    let from_file = load(&path);
    assert_eq!(difference(&embed(&from_file, &texts), &expected), 0.0);
    let mut from_memory = None;
    accepted(|err| {
        load_bytes(&bytes, err)
            .map(|model| from_memory = Some(model))
            .map_or_else(|s| s, |()| GLYXEL_OK)
    });
    let from_memory = from_memory.unwrap();
    assert_eq!(difference(&embed(&from_memory, &texts), &expected), 0.0);
    // A model in bf16 saves the weights that it was converted from.
    let again = scratch("bundles").join("again.pt");
    save(&load_with(text(&path), &[("precision", "bf16")]), &again);
    assert!(fs::read(&again).unwrap() == bytes);
    save(&from_memory, &again);
    assert!(fs::read(&again).unwrap() == bytes);
}

#[test]
fn folders_that_cannot_be_written() {
    // Below a regular file nobody can write, root neither.
    let below = fixture("texts.json").join("folder");
    let folder = fixture("plain");
    let sentence = load_refused(GLYXEL_IO, text(&folder), &[("cache_dir", text(&below))]);
    assert!(sentence.contains("texts.json"), "{sentence}");
    for path in [below.join("x.pt"), PathBuf::from("/nowhere/x.pt"), fixture("plain")] {
        let (status, sentence) =
            outcome(|err| unsafe { glyxel_model_save(shared().0 .0, glyxel_str::new(text(&path)), err) });
        assert!(
            [GLYXEL_IO, GLYXEL_NOT_FOUND, GLYXEL_INVALID_ARGUMENT].contains(&status),
            "{status}: {sentence}"
        );
        assert!(sentence.contains(text(&path)), "{sentence}");
    }
}
