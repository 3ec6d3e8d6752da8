//! Pairs of texts have the ids of `transformers` 5.17, cut as it cuts them, with every tokenizer of tests/fixtures/text
//! (tests/python/head_fixtures.py).

mod support;

use std::path::Path;

use glyxel::text::{tokenizer_config, tokenizer_json, Cut, Settings, Tokenizer};
use glyxel::Error;
use serde_json::{json, Value};
use support::{fixtures, json};

/// The tokenizer of a folder of tests/fixtures/text, as the library resolves it.
fn tokenizer(folder: &Path, max_length: usize) -> Tokenizer {
    let object = |file: &str| {
        let path = folder.join(file);
        path.is_file().then(|| json(&path).as_object().unwrap().clone())
    };
    let bert = json!({"model_type": "bert"}).as_object().unwrap().clone();
    let config = tokenizer_config(
        object("tokenizer_config.json").as_ref(),
        object("special_tokens_map.json").as_ref(),
        object("added_tokens.json").as_ref(),
        &object("config.json").unwrap_or(bert),
    );
    let json = tokenizer_json(&config, &|file| Ok(std::fs::read(folder.join(file)).ok())).unwrap();
    let lowercase = false;
    Tokenizer::from_json(&json, Settings { max_length, lowercase }).unwrap()
}

#[test]
fn pairs_have_the_ids_of_transformers_with_every_tokenizer() {
    let inputs = json(&fixtures("heads").join("inputs.json"));
    let pairs: Vec<(String, String)> = serde_json::from_value(inputs["pairs"].clone()).unwrap();
    let found = json(&fixtures("heads").join("pairs.json"));
    let found = found.as_object().unwrap();
    assert!(found.len() > 30);
    for (name, cases) in found {
        for case in cases.as_array().unwrap() {
            let (first, second) = &pairs[case[0].as_u64().unwrap() as usize];
            let cut = match case[1].as_str() {
                Some("only_first") => Cut::First,
                _ => Cut::LongestFirst,
            };
            let length = case[2].as_u64().unwrap() as usize;
            let tokens = tokenizer(&fixtures("text").join(name), length).encode_pair(first, second, cut);
            match (&case[3], tokens) {
                (Value::Null, Err(Error::InvalidArgument(_))) => {}
                (ids, Ok(tokens)) => assert_eq!(&json!(tokens.ids), ids, "{name}: {case} {first:?} {second:?}"),
                (ids, Err(error)) => panic!("{name}: {case}: {ids}: {error}"),
            }
        }
    }
}
