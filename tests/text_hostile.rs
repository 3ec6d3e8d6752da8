//! What is wrong with a tokenizer's files is told in a sentence; and what is odd about a text is no error at all.

use std::sync::Arc;

use glyxel::error::Error;
use glyxel::text::{tokenizer_config, tokenizer_json, Settings, Tokenizer};
use serde_json::{json, Map, Value};

const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##d\n";

fn config(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// The tokenizer.json of a checkpoint with these files.
fn resolve(model_type: &str, value: Value, files: &[(&str, &[u8])]) -> Result<Vec<u8>, Error> {
    let model = config(json!({ "model_type": model_type }));
    let config = tokenizer_config(Some(&config(value)), None, None, &model);
    tokenizer_json(&config, &|name| {
        let file = files.iter().find(|(file, _)| *file == name);
        Ok(file.map(|(_, bytes)| bytes.to_vec()))
    })
}

fn from_vocab(vocab: &[u8]) -> Result<Vec<u8>, Error> {
    resolve("bert", json!({}), &[("vocab.txt", vocab)])
}

fn reconcile(json: &[u8]) -> Result<Vec<u8>, Error> {
    resolve("bert", json!({}), &[("tokenizer.json", json)])
}

fn bert() -> Vec<u8> {
    from_vocab(VOCAB.as_bytes()).expect("a tokenizer.json")
}

const VOCAB_JSON: &str =
    r#"{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "c": 6, "ab": 7, "Ġ": 8, "Ġab": 9}"#;
const MERGES: &str = "#version: 0.2\na b\nĠ ab\n";

fn roberta(vocab: &[u8], merges: &[u8]) -> Result<Vec<u8>, Error> {
    resolve("roberta", json!({}), &[("vocab.json", vocab), ("merges.txt", merges)])
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
fn a_class_written_in_python_is_refused_whatever_stands_beside_it() {
    for class in [
        "BertweetTokenizer",
        "PhobertTokenizer",
        "BertJapaneseTokenizer",
        "CpmTokenizerFast",
    ] {
        let resolved = resolve(
            "roberta",
            json!({ "tokenizer_class": class }),
            &[("tokenizer.json", &bert())],
        );
        assert!(
            matches!(resolved, Err(Error::Unsupported(s)) if s.contains(class)),
            "{class}"
        );
    }
    let resolved = resolve(
        "roberta",
        json!({"tokenizer_class": "T5Tokenizer"}),
        &[("tokenizer.json", &bert())],
    );
    assert!(resolved.is_ok());
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
        refused(reconcile(good.get(..end).unwrap_or_default()), "tokenizer.json");
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
    let no_unk = from_vocab(b"[CLS]\n[SEP]\na\n").and_then(|json| open(&json, 8));
    refused(no_unk, "no token for what its vocabulary does not cover");
}

#[test]
fn no_byte_flipped_panics() {
    let good = bert();
    for place in 0..good.len() {
        for mask in [0x01, 0x10, 0x80] {
            let mut bytes = good.clone();
            bytes[place] ^= mask;
            let reconciled = reconcile(&bytes).unwrap_or(bytes);
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
    let tokenizer = reconcile(&json).and_then(|json| open(&json, 8)).expect("a tokenizer");
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
    let with = |value: Value| resolve("bert", value, &[("vocab.txt", VOCAB.as_bytes())]);
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
    refused(from_vocab(b"[UNK]\n\xff\n"), "UTF-8");
    match with(json!({"split_special_tokens": true})) {
        Err(Error::Unsupported(sentence)) => assert!(sentence.contains("split_special_tokens"), "{sentence}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn missing_files_are_named() {
    let missing = |model_type, value, files: &[(&str, &[u8])], part: &str| match resolve(model_type, value, files) {
        Err(Error::NotFound(sentence)) => assert!(sentence.contains(part), "{sentence:?} does not say {part:?}"),
        other => panic!("{other:?}"),
    };
    missing("bert", json!({}), &[], "vocab.txt");
    missing("mpnet", json!({}), &[("vocab.json", b"{}")], "vocab.txt");
    missing("roberta", json!({}), &[("vocab.json", b"{}")], "merges.txt");
    let vocab: &[(&str, &[u8])] = &[("vocab.txt", VOCAB.as_bytes())];
    missing(
        "modernbert",
        json!({"tokenizer_class": "BertTokenizer"}),
        vocab,
        "tokenizer.json",
    );
    missing(
        "bert",
        json!({"tokenizer_class": "HerbertTokenizer"}),
        vocab,
        "HerbertTokenizer",
    );
    missing(
        "bert",
        json!({"tokenizer_class": "PreTrainedTokenizerFast"}),
        vocab,
        "save_pretrained",
    );
}

#[test]
fn damaged_vocab_and_merges_are_refused() {
    let ids = |vocab: &[u8], merges: &[u8]| {
        let tokenizer = roberta(vocab, merges).and_then(|json| open(&json, 8))?;
        tokenizer.encode("ab abc").map(|t| t.ids)
    };
    let (vocab, merges) = (VOCAB_JSON.as_bytes(), MERGES.as_bytes());
    assert_eq!(ids(vocab, merges), Ok(vec![0, 7, 9, 6, 2]));
    // Blank lines, a byte order mark and the line ends of Windows mean nothing.
    let mark = |bytes: &[u8]| [b"\xef\xbb\xbf", bytes].concat();
    let blank = MERGES.replace('\n', "\r\n\r\n");
    assert_eq!(ids(&mark(vocab), &mark(blank.as_bytes())), Ok(vec![0, 7, 9, 6, 2]));
    assert_eq!(ids(vocab, b""), Ok(vec![0, 4, 5, 8, 4, 5, 6, 2]));

    refused(roberta(b"", merges), "vocab.json");
    refused(roberta(b"[1]", merges), "vocab.json");
    for id in ["-1", "1.5", "4294967296", "1e99"] {
        let vocab = VOCAB_JSON.replace(": 7", &format!(": {id}"));
        refused(roberta(vocab.as_bytes(), merges), "vocab.json");
    }
    refused(roberta(vocab, b"a b\na\n"), "line 2");
    refused(roberta(vocab, b"a b c\n"), "line 1");
    refused(roberta(vocab, b"a  b\n"), "line 1");
    refused(roberta(vocab, b"a \xff\n"), "UTF-8");
    for merge in ["a c", "c zzzzzzzzzzzz", "zz a"] {
        refused(roberta(vocab, merge.as_bytes()), "merge of");
    }
    let json = json!({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b", "a b c"]}});
    let json = serde_json::to_vec(&json).expect("JSON");
    refused(resolve("roberta", json!({}), &[("tokenizer.json", &json)]), "merges");
}

#[test]
fn no_byte_of_vocab_or_merges_panics() {
    let (vocab, merges) = (VOCAB_JSON.as_bytes(), MERGES.as_bytes());
    let run = |json: Result<Vec<u8>, Error>| {
        if let Ok(tokenizer) = json.and_then(|json| open(&json, 8)) {
            assert!(tokenizer.encode("ab <s> é 漢 x").map_or(true, |t| t.ids.len() <= 8));
        }
    };
    let mutations = |good: &[u8], run: &dyn Fn(&[u8])| {
        for place in 0..good.len() {
            run(&good[..place]);
            for byte in [0, b' ', b'\n', b'"', b'9', 0xff] {
                let mut bytes = good.to_vec();
                bytes[place] = byte;
                run(&bytes);
            }
        }
    };
    mutations(vocab, &|vocab| run(roberta(vocab, merges)));
    mutations(merges, &|merges| run(roberta(vocab, merges)));
    mutations(VOCAB.as_bytes(), &|vocab| run(from_vocab(vocab)));
    mutations(VOCAB.as_bytes(), &|vocab| {
        run(resolve("mpnet", json!({}), &[("vocab.txt", vocab)]))
    });
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

/// What a damaged SentencePiece model does: it is refused in a sentence, or gives some ids, or fails on a text.
#[test]
fn damaged_sentencepiece_models_never_panic() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text");
    for (folder, file, model_type) in [
        ("sp_deberta_v3", "spm.model", "deberta-v2"),
        ("sp_camembert", "sentencepiece.bpe.model", "camembert"),
        ("sp_xlm_roberta", "sentencepiece.bpe.model", "xlm-roberta"),
        ("sp_albert", "spiece.model", "albert"),
        ("sp_backend_bpe", "tokenizer.model", "modernbert"),
        ("sp_backend_unigram", "tokenizer.model", "modernbert"),
    ] {
        let whole = std::fs::read(fixtures.join(folder).join(file)).expect("a model");
        let tries = |model: &[u8]| {
            let json = resolve(model_type, json!({}), &[(file, model)])?;
            open(&json, 20)?.encode("ＱＵＩＥＴ harbour… boats e\u{301} 漢")
        };
        assert!(tries(&whole).is_ok(), "{folder}");
        let mut refusals = 0;
        for at in (0..whole.len()).step_by(whole.len() / 120) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            for damaged in [&changed[..], &whole[..at]] {
                match tries(damaged) {
                    Ok(_) => {}
                    Err(Error::BadModel(_) | Error::Unsupported(_)) => refusals += 1,
                    Err(other) => panic!("{folder}, byte {at}: {other:?}"),
                }
            }
        }
        assert!(refusals > 60, "{folder}: only {refusals} were found out");
    }
}

#[test]
fn a_checkpoint_without_its_sentencepiece_model_is_told_which_is_missing() {
    for (model_type, file) in [
        ("deberta-v2", "spm.model"),
        ("xlm-roberta", "sentencepiece.bpe.model"),
        ("camembert", "sentencepiece.bpe.model"),
        ("albert", "spiece.model"),
        ("modernbert", "tokenizer.model"),
    ] {
        match resolve(model_type, json!({}), &[("vocab.txt", VOCAB.as_bytes())]) {
            Err(Error::NotFound(sentence)) => assert!(sentence.contains(file), "{sentence:?}"),
            other => panic!("{model_type}: {other:?}"),
        }
    }
}
