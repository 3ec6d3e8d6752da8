//! What the WordPiece classes share.

use serde_json::{json, Value};

use super::super::added::malformed;
use super::{Init, Read, Vocab};
use crate::error::{Error, Result};

/// `BertNormalizer` as the config sets it.
pub fn normalizer(init: &Init) -> Result<Value> {
    let strip_accents = match init.config.get("strip_accents") {
        None | Some(Value::Null) => Value::Null,
        Some(value) => Value::from(value.as_bool().ok_or_else(|| malformed("strip_accents"))?),
    };
    Ok(json!({
        "type": "BertNormalizer", "clean_text": true,
        "handle_chinese_chars": init.flag("tokenize_chinese_chars", true)?,
        "strip_accents": strip_accents, "lowercase": init.flag("do_lower_case", true)?,
    }))
}

pub fn model(vocab: Value, unk_token: &str) -> Value {
    json!({
        "type": "WordPiece", "unk_token": unk_token, "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": vocab,
    })
}

/// `vocab.txt`: as `transformers` does, each line is a token without the white space behind it, and of a token that
/// stands twice the last line counts.
pub fn read(read: &Read) -> Result<Option<Vocab>> {
    let Some(bytes) = read("vocab.txt")? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes).map_err(|e| {
        Error::BadModel(format!(
            "vocab.txt is not UTF-8: the first wrong byte is at {}",
            e.valid_up_to()
        ))
    })?;
    let tokens = (0u32..).zip(text.lines());
    Ok(Some(Vocab::WordPiece(
        tokens
            .map(|(id, line)| (line.trim_end().to_string(), Value::from(id)))
            .collect(),
    )))
}
