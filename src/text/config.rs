//! `tokenizer_config.json` and its companions.

use serde_json::{json, Map, Value};

use super::added::{malformed, roles};
use super::classes;
use crate::error::Result;

/// Where [`tokenizer_config`] keeps the tokens of `added_tokens.json`, which those of a `tokenizer.json` may still
/// override.
const ADDED_TOKENS: &str = "added_tokens.json";

/// `tokenizer_config.json` with what older checkpoints keep beside it, as `transformers` merges them: unless there is
/// an `added_tokens_decoder`, the tokens of `special_tokens_map.json` and `added_tokens.json`. Its `tokenizer_class` is
/// the one that `AutoTokenizer` would choose, by `config.json` too.
pub fn tokenizer_config(
    tokenizer_config: Option<&Map<String, Value>>,
    special_tokens_map: Option<&Map<String, Value>>,
    added_tokens: Option<&Map<String, Value>>,
    model_config: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = tokenizer_config.cloned().unwrap_or_default();
    let text = |config: &Map<String, Value>, key: &str| config.get(key).and_then(Value::as_str).map(str::to_string);
    let named = text(&merged, "tokenizer_class").or_else(|| text(model_config, "tokenizer_class"));
    let class = classes::choose(text(model_config, "model_type").as_deref(), named.as_deref());
    merged.insert("tokenizer_class".into(), class.into());
    // The old name of what this file lists; what other files call so yields to the new one.
    if let Some(tokens) = merged.shift_remove("additional_special_tokens") {
        merged.entry("extra_special_tokens").or_insert(tokens);
    }
    if merged.contains_key("added_tokens_decoder") {
        return merged;
    }
    for (role, token) in special_tokens_map.into_iter().flatten() {
        let mut token = token.clone();
        if let Some(entry) = token.as_object_mut().filter(|entry| entry.contains_key("content")) {
            entry.insert("special".into(), Value::Bool(true));
        }
        merged.insert(role.clone(), token);
    }
    if let Some(tokens) = added_tokens {
        let special: Vec<String> = roles(&merged)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, t)| t.content)
            .collect();
        let entry = |(token, id): (&String, &Value)| {
            let special = special.contains(token);
            (
                id.to_string(),
                json!({"content": token, "special": special, "normalized": !special}),
            )
        };
        merged.insert(ADDED_TOKENS.into(), Value::Object(tokens.iter().map(entry).collect()));
    }
    merged
}

/// Whether the tokenizer of this config, merged by [`tokenizer_config`], gives a model the types of its tokens: by its
/// `model_input_names`, else as its class does.
pub fn gives_type_ids(config: &Map<String, Value>) -> bool {
    const TYPE_IDS: &str = "token_type_ids";
    match config.get("model_input_names").and_then(Value::as_array) {
        Some(names) => names.iter().any(|name| name == TYPE_IDS),
        None => config
            .get("tokenizer_class")
            .and_then(Value::as_str)
            .is_some_and(classes::gives_type_ids),
    }
}

/// Where the config has no `added_tokens_decoder`, the one that older files make up, `tokenizer.json`'s tokens over
/// `added_tokens.json`'s; and named tokens take on the properties they have there.
pub fn with_old_tokens(config: &Map<String, Value>, old_tokens: &[Value]) -> Map<String, Value> {
    let mut config = config.clone();
    let legacy = config.remove(ADDED_TOKENS);
    if !config.contains_key("added_tokens_decoder") {
        let mut decoder = legacy
            .and_then(|tokens| tokens.as_object().cloned())
            .unwrap_or_default();
        for token in old_tokens {
            if let Some(id) = token.get("id") {
                decoder.insert(id.to_string(), token.clone());
            }
        }
        config.insert("added_tokens_decoder".into(), Value::Object(decoder));
    }
    config
}

/// Where the config does not name a `pad_token`, it is the one of `tokenizer.json`'s padding.
pub fn with_old_padding(mut config: Map<String, Value>, padding: Option<&Value>) -> Map<String, Value> {
    if let Some(token) = padding.and_then(|padding| padding.get("pad_token")) {
        config.entry("pad_token").or_insert_with(|| token.clone());
    }
    config
}

/// The side that the config names in a field, as a `tokenizer.json` writes it.
fn side(config: &Map<String, Value>, name: &str) -> Result<Option<&'static str>> {
    match config.get(name) {
        None => Ok(None),
        Some(Value::String(side)) if side == "left" => Ok(Some("Left")),
        Some(Value::String(side)) if side == "right" => Ok(Some("Right")),
        Some(_) => Err(malformed(name)),
    }
}

/// The side on which texts are filled up, as a `tokenizer.json` writes it.
pub fn padding_side<'a>(config: &Map<String, Value>, old_padding: &'a Value) -> Result<&'a str> {
    let old = old_padding.get("direction").and_then(Value::as_str);
    Ok(side(config, "padding_side")?.or(old).unwrap_or("Right"))
}

/// The `truncation` of a `tokenizer.json`: here only to carry the side.
pub fn truncation(config: &Map<String, Value>, old: Value) -> Result<Value> {
    let Some(direction) = side(config, "truncation_side")? else {
        return Ok(old);
    };
    Ok(json!({"direction": direction, "max_length": 512, "strategy": "LongestFirst", "stride": 0}))
}
