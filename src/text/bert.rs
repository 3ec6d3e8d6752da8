//! `BertTokenizer` of `transformers` 5.17, written as a `tokenizer.json`.

use serde_json::{json, Map, Value};

use super::added::{malformed, named, roles, AddedToken, Vocabulary};
use super::config::{is_bert, truncation, with_old_tokens};
use crate::error::{Error, Result};

/// The names under which a special token stands where `tokenizer_config.json` does not say otherwise.
const DEFAULTS: [(&str, &str); 5] = [
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];

/// The WordPiece tokenizer of a checkpoint that has a `vocab.txt` and no `tokenizer.json`.
///
/// As `transformers` does, each line is a token without the white space behind it, and of a token that stands twice
/// the last line counts.
pub fn tokenizer_json_from_vocab(vocab_txt: &[u8], tokenizer_config: &Map<String, Value>) -> Result<Vec<u8>> {
    if !is_bert(tokenizer_config) {
        let class = tokenizer_config
            .get("tokenizer_class")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return Err(Error::Unsupported(format!(
            "a vocab.txt for the tokenizer class {class} is not supported: only BERT's WordPiece is; \
             save the tokenizer with transformers, so that there is a tokenizer.json"
        )));
    }
    let text = std::str::from_utf8(vocab_txt).map_err(|e| {
        Error::BadModel(format!(
            "vocab.txt is not UTF-8: the first wrong byte is at {}",
            e.valid_up_to()
        ))
    })?;
    let vocab: Map<String, Value> = (0u32..)
        .zip(text.lines())
        .map(|(id, line)| (line.trim_end().to_string(), Value::from(id)))
        .collect();
    let json = tokenizer_json(vocab, &with_old_tokens(tokenizer_config, &[]), Value::Null)?;
    serde_json::to_vec(&json).map_err(|e| Error::Internal(format!("writing tokenizer.json failed: {e}")))
}

/// `BertTokenizer(vocab, **config)`; `old_truncation` is that of the `tokenizer.json` which the vocabulary comes from.
pub fn tokenizer_json(vocab: Map<String, Value>, config: &Map<String, Value>, old_truncation: Value) -> Result<Value> {
    let flag = |name: &str, default: bool| match config.get(name) {
        None => Ok(default),
        Some(value) => value.as_bool().ok_or_else(|| malformed(name)),
    };
    let strip_accents = match config.get("strip_accents") {
        None | Some(Value::Null) => Value::Null,
        Some(value) => Value::from(value.as_bool().ok_or_else(|| malformed("strip_accents"))?),
    };
    let normalizer = json!({
        "type": "BertNormalizer", "clean_text": true,
        "handle_chinese_chars": flag("tokenize_chinese_chars", true)?,
        "strip_accents": strip_accents, "lowercase": flag("do_lower_case", true)?,
    });

    let mut config = config.clone();
    for (role, default) in DEFAULTS {
        config.entry(role).or_insert_with(|| Value::from(default));
    }
    let token = |role: &str| -> Result<AddedToken> { named(&config, role)?.ok_or_else(|| malformed(role)) };
    let (unk, cls, sep) = (
        token("unk_token")?.content,
        token("cls_token")?.content,
        token("sep_token")?.content,
    );

    let vocab = Value::Object(vocab);
    let mut vocabulary = Vocabulary::of_model(Some(&vocab));
    vocabulary.add_all(&config, &roles(&config)?)?;

    let special = |token: &str, type_id: u32| json!({"SpecialToken": {"id": token, "type_id": type_id}});
    let text = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
    let mut special_tokens = Map::new();
    for token in [&cls, &sep] {
        let ids = [vocabulary.id(token)];
        special_tokens.insert(token.clone(), json!({"id": token, "ids": ids, "tokens": [token]}));
    }

    Ok(json!({
        "version": "1.0",
        "truncation": truncation(&config, old_truncation)?,
        "padding": vocabulary.padding(named(&config, "pad_token")?.as_ref()),
        "added_tokens": vocabulary.added_tokens(),
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special(&cls, 0), text("A", 0), special(&sep, 0)],
            "pair": [special(&cls, 0), text("A", 0), special(&sep, 0), text("B", 1), special(&sep, 1)],
            "special_tokens": special_tokens,
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": unk, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab,
        },
    }))
}
