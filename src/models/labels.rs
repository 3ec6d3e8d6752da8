//! Classes that the head of a `transformers` checkpoint tells apart.

use serde_json::Value;

use super::Config;
use crate::error::Result;

/// What `transformers` takes for most families where `config.json` tells of no labels.
pub const USUAL: i64 = 2;

/// How many; `None`: the checkpoint has no head. `weight`: the head's, which tells.
pub fn classes(config: &Config, weight: &str) -> Result<Option<i64>> {
    match config.stores(weight) {
        true => count(config, USUAL).map(Some),
        false => Ok(None),
    }
}

/// How many `config.json` tells of, or else `usual`.
pub fn count(config: &Config, usual: i64) -> Result<i64> {
    if config.get("id2label").is_none() {
        return config.size("num_labels", Some(usual));
    }
    match config.part("id2label")?.names().count() {
        0 => Err(config.wrong("id2label", "the names of one class or more")),
        count => Ok(count as i64),
    }
}

/// Whether the checkpoint was saved from a model with a head for whole texts.
pub fn classifies_texts(config: &Config) -> bool {
    let architectures = config.get("architectures").and_then(Value::as_array);
    architectures
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|name| name.ends_with("ForSequenceClassification"))
}
