//! The ids of hostile and multilingual texts equal those of `transformers` 5.17 (tests/python/tokenizer_fixtures.py and
//! sentencepiece_fixtures.py).

use std::path::{Path, PathBuf};

use glyxel::error::Error;
use glyxel::text::{max_length, tokenizer_config, tokenizer_json, Settings, Tokenizer};
use serde_json::{json, Value};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text")
}

fn json(path: &Path) -> Option<Value> {
    let bytes = std::fs::read(path).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

fn texts() -> Vec<String> {
    let texts = json(&fixtures().join("texts.json")).expect("texts.json");
    let expand = |text: &Value| match text.as_str() {
        Some(text) => text.to_string(),
        None => text["repeat"]
            .as_str()
            .expect("repeat")
            .repeat(text["times"].as_u64().expect("times") as usize),
    };
    texts.as_array().expect("a list").iter().map(expand).collect()
}

fn ids(value: &Value) -> Vec<u32> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|id| id.as_u64().expect("an id") as u32)
        .collect()
}

/// Loads the checkpoint `name` as the library does, and compares every text at every length.
fn compare(name: &str) {
    let folder = fixtures().join(name);
    let expected = json(&folder.join("expected.json")).expect("expected.json");
    let object = |file: &str| json(&folder.join(file)).map(|v| v.as_object().cloned().expect("an object"));

    let model_config = object("config.json").or_else(|| json!({"model_type": "bert"}).as_object().cloned());
    let config = tokenizer_config(
        object("tokenizer_config.json").as_ref(),
        object("special_tokens_map.json").as_ref(),
        object("added_tokens.json").as_ref(),
        &model_config.expect("a config.json"),
    );
    let read = |file: &str| match std::fs::read(folder.join(file)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(|e| Error::io("reading", &folder.join(file), &e)),
    };
    let tokenizer_json = tokenizer_json(&config, &read).expect("a tokenizer.json");

    let sentence_bert = object("sentence_bert_config.json");
    assert_eq!(
        Some(max_length(&config, sentence_bert.as_ref(), Some(64)) as u64),
        expected["max_length"].as_u64()
    );
    let lowercase = sentence_bert.is_some_and(|config| config["do_lower_case"] == true);

    let texts = texts();
    let counts = ids(&expected["count"]);
    assert_eq!(texts.len(), counts.len());
    for length in [20, 5] {
        let settings = Settings {
            max_length: length,
            lowercase,
        };
        let tokenizer = Tokenizer::from_json(&tokenizer_json, settings).expect("a tokenizer");
        assert_eq!(
            Some(tokenizer.vocab_size() as u64),
            expected["vocab_size"].as_u64(),
            "{name}"
        );
        assert_eq!(
            Some(u64::from(tokenizer.pad_id())),
            expected["pad_id"].as_u64(),
            "{name}"
        );
        let rows = expected[length.to_string()].as_array().expect("rows");
        assert_eq!(rows.len(), texts.len());
        for (place, ((text, row), count)) in texts.iter().zip(rows).zip(&counts).enumerate() {
            let shown: String = text.chars().take(60).collect();
            let tokens = tokenizer.encode(text).expect("any text has ids");
            if row.is_null() && text.contains("</s>") {
                continue;
            }
            assert_eq!(tokens.ids, ids(row), "{name}, at most {length} tokens, {shown:?}");
            assert_eq!(tokens.type_ids, vec![0; tokens.ids.len()], "{name}, {shown:?}");
            if let Some(padded) = expected.get("padded").filter(|_| length == 20) {
                let tokens = tokenizer.encode_padded(text).expect("any text has ids");
                assert_eq!(tokens.ids, ids(&padded[place]), "{name}, padded, {shown:?}");
                assert_eq!(tokens.type_ids, vec![0; length], "{name}, padded, {shown:?}");
            }
            if length == 5 {
                assert_eq!(
                    tokenizer.count(text).expect("any text has a count"),
                    *count as usize,
                    "{name}, {shown:?}"
                );
            }
        }
    }
}

#[test]
fn vocab_without_a_config() {
    compare("vocab_only");
}

#[test]
fn vocab_of_a_cased_model() {
    compare("vocab_cased");
}

#[test]
fn vocab_with_options_added_tokens_and_left_truncation() {
    compare("vocab_options");
}

#[test]
fn vocab_with_the_companion_files_of_old_checkpoints() {
    compare("vocab_legacy");
}

#[test]
fn tokenizer_json_that_agrees_with_its_config() {
    compare("both_agree");
}

#[test]
fn tokenizer_json_overruled_by_its_config() {
    compare("both_disagree");
}

#[test]
fn tokenizer_json_whose_added_tokens_stay() {
    compare("both_no_decoder");
}

#[test]
fn tokenizer_json_of_another_class() {
    compare("fast_class");
}

#[test]
fn byte_level_bpe_cut_on_the_left() {
    compare("byte_level");
}

#[test]
fn unigram() {
    compare("unigram");
}

#[test]
fn unknown_class_runs_tokenizer_json_and_takes_its_padding() {
    compare("unknown_class");
}

#[test]
fn tokenizer_json_of_the_first_versions() {
    compare("old_json");
}

#[test]
fn class_named_by_the_models_config() {
    compare("class_of_the_model");
}

#[test]
fn mpnet_vocab_without_a_config() {
    compare("mpnet_vocab");
}

#[test]
fn mpnet_tokenizer_json_overruled_by_its_config() {
    compare("mpnet_both");
}

#[test]
fn roberta_files_without_a_config() {
    compare("roberta_files");
}

#[test]
fn roberta_files_with_options_added_tokens_and_left_truncation() {
    compare("roberta_options");
}

#[test]
fn roberta_files_with_the_companion_files_of_old_checkpoints() {
    compare("roberta_legacy");
}

#[test]
fn roberta_tokenizer_json_overruled_by_its_config() {
    compare("roberta_both");
}

#[test]
fn gpt2_files_with_a_first_token() {
    compare("gpt2_files");
}

#[test]
fn gpt2_tokenizer_json_keeps_its_template() {
    compare("gpt2_both");
}

#[test]
fn modernbert_runs_tokenizer_json_whatever_class_is_named() {
    compare("modernbert");
}

#[test]
fn deberta_v3_as_it_comes() {
    compare("sp_deberta_v3");
}

#[test]
fn deberta_v2_with_options_and_an_unknown_token_of_its_own() {
    compare("sp_deberta_v2_options");
}

#[test]
fn deberta_v3_tokenizer_json_overruled_by_its_config() {
    compare("sp_deberta_v3_json");
}

#[test]
fn xlm_roberta_as_it_first_came() {
    compare("sp_xlm_roberta");
}

#[test]
fn xlm_roberta_with_options() {
    compare("sp_xlm_roberta_options");
}

#[test]
fn xlm_roberta_tokenizer_json_and_its_config() {
    compare("sp_xlm_roberta_json");
}

#[test]
fn camembert_with_the_companion_files_of_old_checkpoints() {
    compare("sp_camembert");
}

#[test]
fn camembert_tokenizer_json() {
    compare("sp_camembert_json");
}

#[test]
fn albert_without_a_config() {
    compare("sp_albert");
}

#[test]
fn albert_with_options() {
    compare("sp_albert_options");
}

#[test]
fn albert_tokenizer_json_overruled_by_its_config() {
    compare("sp_albert_json");
}

#[test]
fn sentencepiece_bpe_of_no_class() {
    compare("sp_backend_bpe");
}

#[test]
fn sentencepiece_bpe_with_bytes_of_no_class() {
    compare("sp_backend_byte_bpe");
}

#[test]
fn sentencepiece_unigram_with_bytes_of_no_class() {
    compare("sp_backend_unigram");
}

#[test]
fn llama_of_old() {
    compare("sp_llama");
}

#[test]
fn llama_tokenizer_json_without_a_space_first() {
    compare("sp_llama_json");
}

#[test]
fn clip_files_without_a_config() {
    compare("clip_files");
}

#[test]
fn clip_as_it_first_came() {
    compare("clip_openai");
}

#[test]
fn clip_tokenizer_json_overruled_by_its_config() {
    compare("clip_both");
}

#[test]
fn gemma_tokenizer_json_overruled_by_its_config() {
    compare("gemma");
}

#[test]
fn gemma_in_lower_case() {
    compare("gemma_of_siglip2");
}

#[test]
fn siglip_beside_a_tokenizer_json() {
    compare("sp_siglip");
}

#[test]
fn siglip_with_options_filled_up_on_the_left() {
    compare("sp_siglip_options");
}

#[test]
fn lowercased_by_sentence_transformers() {
    compare("lowercased");
}
