//! `tokenizer_config.json` and its companions, and what they do to a `tokenizer.json`.

use serde_json::{json, Map, Value};

use super::added::{malformed, named, roles, AddedToken, Vocabulary};
use super::bert;
use crate::error::{Error, Result};

/// Where [`tokenizer_config`] keeps the tokens of `added_tokens.json`, which those of a `tokenizer.json` may still
/// override.
const ADDED_TOKENS: &str = "added_tokens.json";

/// `tokenizer_config.json` with what older checkpoints keep beside it, as `transformers` merges them: the
/// `tokenizer_class` of `config.json`, and, unless there is an `added_tokens_decoder`, the tokens of
/// `special_tokens_map.json` and `added_tokens.json`.
pub fn tokenizer_config(
    tokenizer_config: Option<&Map<String, Value>>,
    special_tokens_map: Option<&Map<String, Value>>,
    added_tokens: Option<&Map<String, Value>>,
    model_config: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = tokenizer_config.cloned().unwrap_or_default();
    if merged.get("tokenizer_class").is_none_or(Value::is_null) {
        if let Some(class) = model_config.get("tokenizer_class") {
            merged.insert("tokenizer_class".into(), class.clone());
        }
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

/// A checkpoint's `tokenizer.json` as `transformers` 5.17 really runs it beside its `tokenizer_config.json` (see
/// [`tokenizer_config`]).
///
/// Where both are there and disagree, the config wins:
/// - For a model whose tokenizer is `BertTokenizer` (or one of its subclasses and aliases, or not said),
///   `transformers` takes nothing but the vocabulary and the side of truncation out of `tokenizer.json`. Normalizer
///   (`do_lower_case`, `strip_accents`, `tokenize_chinese_chars`, with their defaults: an absent `do_lower_case` is
///   true), pre-tokenizer, template, unknown token, the `##` prefix and the limit of 100 characters a word are made
///   anew from the config; so are the added tokens, by `added_tokens_decoder` if there is one, else by
///   `tokenizer.json`.
/// - For any other class (`PreTrainedTokenizerFast`, say) `tokenizer.json` stays, and the tokens of the config's
///   `added_tokens_decoder` and its named special tokens are added to it or take on the config's properties.
/// - In both, `truncation_side` wins over `truncation.direction`.
///
/// One case departs from `transformers`: a `tokenizer.json` whose model is not WordPiece stays what it is even if the
/// class is said to be `BertTokenizer`. `transformers` would run its pieces as WordPiece, which the model was not
/// trained on.
pub fn reconcile(tokenizer_json: &[u8], tokenizer_config: &Map<String, Value>) -> Result<Vec<u8>> {
    let bad = |what: &str| Error::BadModel(format!("tokenizer.json cannot be used: {what}"));
    let mut tokenizer: Map<String, Value> = serde_json::from_slice(tokenizer_json).map_err(|e| bad(&e.to_string()))?;
    if tokenizer_config.get("split_special_tokens") == Some(&Value::Bool(true)) {
        return Err(Error::Unsupported(
            "tokenizer_config.json asks for split_special_tokens, which is not supported".into(),
        ));
    }
    let model = tokenizer.get("model").ok_or_else(|| bad("it has no model"))?;
    let old_truncation = tokenizer.get("truncation").cloned().unwrap_or_default();
    let old_tokens = tokenizer
        .get("added_tokens")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let config = with_old_tokens(tokenizer_config, &old_tokens);

    if let (true, Some(vocab)) = (
        is_bert(&config) && is_word_piece(model),
        model.get("vocab").and_then(Value::as_object),
    ) {
        let json = bert::tokenizer_json(vocab.clone(), &config, old_truncation)?;
        return write(&json);
    }

    let mut vocabulary = Vocabulary::of_model(model.get("vocab"));
    for token in &old_tokens {
        vocabulary.add(AddedToken::from_value(token).ok_or_else(|| bad("one of its added_tokens has no content"))?);
    }
    vocabulary.add_all(&config, &roles(&config)?)?;
    let pad = named(&config, "pad_token")?;
    tokenizer.insert("added_tokens".into(), vocabulary.added_tokens());
    tokenizer.insert("truncation".into(), truncation(&config, old_truncation)?);
    if pad.is_some() {
        tokenizer.insert("padding".into(), vocabulary.padding(pad.as_ref()));
    }
    write(&Value::Object(tokenizer))
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

/// Whether `transformers` would make this tokenizer a `BertTokenizer`, for a model of BERT's kind.
pub fn is_bert(config: &Map<String, Value>) -> bool {
    const BERT: [&str; 8] = [
        "Bert",
        "DistilBert",
        "Electra",
        "MobileBert",
        "ConvBert",
        "SqueezeBert",
        "LayoutLM",
        "Lxmert",
    ];
    let Some(class) = config.get("tokenizer_class").and_then(Value::as_str) else {
        return true;
    };
    let class = class.strip_suffix("Fast").unwrap_or(class);
    class
        .strip_suffix("Tokenizer")
        .is_some_and(|family| BERT.contains(&family))
}

fn is_word_piece(model: &Value) -> bool {
    match model.get("type") {
        Some(kind) => kind == "WordPiece",
        // Files of the first versions do not name the kind.
        None => model.get("continuing_subword_prefix").is_some() && model.get("merges").is_none(),
    }
}

/// The `truncation` of a `tokenizer.json`: here only to carry the side.
pub fn truncation(config: &Map<String, Value>, old: Value) -> Result<Value> {
    let direction = match config.get("truncation_side") {
        None => return Ok(old),
        Some(Value::String(side)) if side == "left" => "Left",
        Some(Value::String(side)) if side == "right" => "Right",
        Some(_) => return Err(malformed("truncation_side")),
    };
    Ok(json!({"direction": direction, "max_length": 512, "strategy": "LongestFirst", "stride": 0}))
}

fn write(json: &Value) -> Result<Vec<u8>> {
    serde_json::to_vec(json).map_err(|e| Error::Internal(format!("writing tokenizer.json failed: {e}")))
}
