//! What is wrong with a tokenizer's files is told in a sentence; and what is odd about a text is no error at all.

use std::sync::Arc;

use glyxel::error::Error;
use glyxel::text::{reconcile, tokenizer_json_from_vocab, Settings, Tokenizer};
use serde_json::{json, Map, Value};

const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##d\n";

fn config(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

fn bert() -> Vec<u8> {
    tokenizer_json_from_vocab(VOCAB.as_bytes(), &Map::new()).expect("a tokenizer.json")
}

/// The standard tokenizer.json with something changed.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&bert()).expect("JSON");
    change(&mut json);
    serde_json::to_vec(&json).expect("JSON")
}

fn open(json: &[u8], max_length: usize) -> Result<Tokenizer, Error> {
    Tokenizer::from_json(
        json,
        Settings {
            max_length,
            lowercase: false,
        },
    )
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, part: &str) {
    match result {
        Err(Error::BadModel(sentence)) => assert!(sentence.contains(part), "{sentence:?} does not say {part:?}"),
        Err(other) => panic!("another kind of error: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn truncation_keeps_the_special_tokens() {
    let ids = |length, text| open(&bert(), length).and_then(|t| t.encode(text)).map(|t| t.ids);
    assert_eq!(ids(2, "a b c"), Ok(vec![2, 3]));
    assert_eq!(ids(3, "a b c"), Ok(vec![2, 5, 3]));
    assert_eq!(ids(4, "addd"), Ok(vec![2, 5, 8, 3]));
    assert_eq!(ids(usize::MAX, "a b c"), Ok(vec![2, 5, 6, 7, 3]));
    assert_eq!(ids(2, ""), Ok(vec![2, 3]));
    assert_eq!(open(&bert(), 3).and_then(|t| t.count("a b c")), Ok(5));
    assert_eq!(
        open(&bert(), 2).map(|t| (t.id_bound(), t.vocab_size(), t.pad_id())),
        Ok((9, 9, 0))
    );
}

#[test]
fn a_length_without_room_for_the_special_tokens_is_refused() {
    for length in [0, 1] {
        match open(&bert(), length) {
            Err(Error::InvalidArgument(sentence)) => assert!(sentence.contains("ask for 2 or more"), "{sentence}"),
            other => panic!("{:?}", other.map(|_| ())),
        }
    }
}

#[test]
fn truncation_and_padding_of_the_file_do_not_count() {
    let json = changed(|json| {
        json["truncation"] = json!({"direction": "Left", "max_length": 3, "strategy": "OnlySecond", "stride": 7});
        json["padding"] = json!({"strategy": {"Fixed": 64}, "direction": "Left", "pad_to_multiple_of": 8,
            "pad_id": 4, "pad_type_id": 1, "pad_token": "[MASK]"});
    });
    let tokenizer = open(&json, 4).expect("a tokenizer");
    assert_eq!(tokenizer.encode("a b c").map(|t| t.ids), Ok(vec![2, 6, 7, 3]));
    assert_eq!(tokenizer.encode("a").map(|t| t.ids), Ok(vec![2, 5, 3]));
    assert_eq!(tokenizer.pad_id(), 4);
}

#[test]
fn damaged_files_are_refused() {
    let good = bert();
    assert!(open(&good, 8).is_ok());
    refused(open(b"", 8), "tokenizer.json");
    refused(open(b"{}", 8), "tokenizer.json");
    refused(open(b"\xff\xfe\0garbage", 8), "tokenizer.json");
    refused(open(&b"[".repeat(1 << 20), 8), "tokenizer.json");
    refused(
        open(&[b"{\"normalizer\":".repeat(1 << 16).as_slice(), b"1"].concat(), 8),
        "tokenizer.json",
    );
    for end in 0..good.len() {
        refused(open(good.get(..end).unwrap_or_default(), 8), "tokenizer.json");
        refused(
            reconcile(good.get(..end).unwrap_or_default(), &Map::new()),
            "tokenizer.json",
        );
    }
    refused(open(&changed(|json| json["version"] = json!("9.0")), 8), "version");
    refused(
        open(&changed(|json| json["model"]["vocab"]["a"] = json!(1u64 << 40)), 8),
        "tokenizer.json",
    );
    refused(
        open(&changed(|json| json["model"]["vocab"]["a"] = json!(-1)), 8),
        "tokenizer.json",
    );
    refused(
        open(&changed(|json| json["model"]["unk_token"] = json!("[GONE]")), 8),
        "no token for what its vocabulary does not cover",
    );
    let no_unk = tokenizer_json_from_vocab(b"[CLS]\n[SEP]\na\n", &Map::new()).and_then(|json| open(&json, 8));
    refused(no_unk, "no token for what its vocabulary does not cover");
}

#[test]
fn no_byte_flipped_panics() {
    let good = bert();
    for place in 0..good.len() {
        for mask in [0x01, 0x10, 0x80] {
            let mut bytes = good.clone();
            bytes[place] ^= mask;
            let reconciled = reconcile(&bytes, &Map::new()).unwrap_or(bytes);
            if let Ok(tokenizer) = open(&reconciled, 8) {
                assert!(tokenizer
                    .encode("a [MASK] bd é 漢 x")
                    .map_or(true, |t| t.ids.len() <= 8));
            }
        }
    }
}

#[test]
fn huge_ids_are_told_and_cost_nothing() {
    let json = changed(|json| json["model"]["vocab"]["a"] = json!(u32::MAX));
    let tokenizer = reconcile(&json, &Map::new())
        .and_then(|json| open(&json, 8))
        .expect("a tokenizer");
    assert_eq!(tokenizer.id_bound(), u32::MAX as usize + 1);
    assert_eq!(tokenizer.encode("a").map(|t| t.ids), Ok(vec![2, u32::MAX, 3]));
}

#[test]
fn a_template_that_repeats_the_text_is_refused() {
    let json = changed(|json| {
        let text = json!({"Sequence": {"id": "A", "type_id": 0}});
        json["post_processor"]["single"] = json!([text.clone(), text.clone(), text]);
    });
    let tokenizer = open(&json, 4).expect("a tokenizer");
    assert_eq!(tokenizer.encode("a").map(|t| t.ids), Ok(vec![5, 5, 5]));
    refused(tokenizer.encode("a b c"), "post-processor");
}

#[test]
fn a_pattern_without_end_is_an_error() {
    let json = changed(|json| {
        json["pre_tokenizer"] =
            json!({"type": "Split", "pattern": {"Regex": "(a|a)*\\1$"}, "behavior": "Isolated", "invert": false});
    });
    if let Ok(tokenizer) = open(&json, 8) {
        // It may finish or be given up, but it does neither panic nor hang.
        let _ = tokenizer.encode(&("a".repeat(64) + "b"));
    }
}

#[test]
fn what_transformers_would_not_accept_is_refused() {
    let with = |value: Value| tokenizer_json_from_vocab(VOCAB.as_bytes(), &config(value));
    refused(with(json!({"do_lower_case": "yes"})), "do_lower_case");
    refused(with(json!({"strip_accents": 1})), "strip_accents");
    refused(with(json!({"cls_token": null})), "cls_token");
    refused(with(json!({"sep_token": 7})), "sep_token");
    refused(with(json!({"truncation_side": "middle"})), "truncation_side");
    refused(
        with(json!({"added_tokens_decoder": {"five": {"content": "x"}}})),
        "added_tokens_decoder",
    );
    refused(with(json!({"additional_special_tokens": "x"})), "extra_special_tokens");
    refused(tokenizer_json_from_vocab(b"[UNK]\n\xff\n", &Map::new()), "UTF-8");
    match with(json!({"tokenizer_class": "BertJapaneseTokenizer"})) {
        Err(Error::Unsupported(sentence)) => assert!(sentence.contains("BertJapaneseTokenizer"), "{sentence}"),
        other => panic!("{other:?}"),
    }
    match reconcile(&bert(), &config(json!({"split_special_tokens": true}))) {
        Err(Error::Unsupported(sentence)) => assert!(sentence.contains("split_special_tokens"), "{sentence}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_threads_share_one_tokenizer() {
    let tokenizer = Arc::new(open(&bert(), 16).expect("a tokenizer"));
    let texts: Vec<String> = (0..500)
        .map(|i| "a bd c ".repeat(i % 9) + &"x".repeat(i % 120))
        .collect();
    let alone: Vec<_> = texts.iter().map(|text| tokenizer.encode(text)).collect();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (tokenizer, texts) = (tokenizer.clone(), texts.clone());
            std::thread::spawn(move || texts.iter().map(|text| tokenizer.encode(text)).collect::<Vec<_>>())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("no panic"), alone);
    }
    // Nothing here may start the pool of the tokenizers crate, which does not survive a fork.
    assert!(!tokenizers::parallelism::has_parallelism_been_used());
}
