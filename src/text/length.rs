//! Where texts are cut.

use serde_json::{Map, Value};

/// The most tokens of a text, special ones included, as sentence-transformers 6.0.1 over `transformers` 5.17 finds
/// it; `usize::MAX` where nothing bounds it.
///
/// 1. `processing_kwargs.text.max_length` of `sentence_bert_config.json`, if it is set; else
/// 2. `model_max_length` in its `processor_kwargs` (once called `tokenizer_args`); else
/// 3. its `max_seq_length`; else
/// 4. `model_max_length` (once called `max_len`) of `tokenizer_config.json`, where "unset" is written as 1e30.
///
/// The `truncation.max_length` of `tokenizer.json` never counts. In the fourth case sentence-transformers caps the
/// length by the model's `max_position_embeddings` (`positions`, −1 for none). In the others it does not, and a
/// longer text then fails inside the model; here all are capped.
pub fn max_length(
    tokenizer_config: &Map<String, Value>,
    sentence_bert_config: Option<&Map<String, Value>>,
    positions: Option<i64>,
) -> usize {
    let asked = sentence_bert_config.and_then(|config| {
        let kwargs = config.get("processor_kwargs").or_else(|| config.get("tokenizer_args"));
        length(
            config
                .get("processing_kwargs")
                .and_then(|k| k.get("text"))
                .and_then(|k| k.get("max_length")),
        )
        .or_else(|| length(kwargs.and_then(|k| k.get("model_max_length"))))
        .or_else(|| length(config.get("max_seq_length")))
    });
    let of_tokenizer = || {
        length(
            tokenizer_config
                .get("model_max_length")
                .or_else(|| tokenizer_config.get("max_len")),
        )
    };
    let cap = positions.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    asked.or_else(of_tokenizer).unwrap_or(usize::MAX).min(cap)
}

/// A length that means something: `transformers` takes all above 1e20 for "no limit".
fn length(value: Option<&Value>) -> Option<usize> {
    let value = value?.as_f64()?;
    // From 2^53 on an f64 is no exact count, and no text has as many tokens.
    (0.0..9e15).contains(&value).then_some(value as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resolve(tokenizer: Value, sentence_bert: Value, positions: Option<i64>) -> usize {
        let empty = Map::new();
        max_length(
            tokenizer.as_object().unwrap_or(&empty),
            sentence_bert.as_object(),
            positions,
        )
    }

    #[test]
    fn sentence_bert_config_wins_but_never_exceeds_the_positions() {
        let tokenizer = json!({"model_max_length": 512});
        assert_eq!(
            resolve(
                tokenizer.clone(),
                json!({"max_seq_length": 256, "do_lower_case": false}),
                Some(512)
            ),
            256
        );
        assert_eq!(
            resolve(tokenizer.clone(), json!({"max_seq_length": 1024}), Some(512)),
            512
        );
        assert_eq!(
            resolve(tokenizer.clone(), json!({"max_seq_length": null}), Some(300)),
            300
        );
        assert_eq!(
            resolve(
                tokenizer.clone(),
                json!({"max_seq_length": 256, "tokenizer_args": {"model_max_length": 64}}),
                None
            ),
            64
        );
        let text = json!({"processing_kwargs": {"text": {"max_length": 32}}, "max_seq_length": 256});
        assert_eq!(resolve(tokenizer, text, Some(512)), 32);
    }

    #[test]
    fn the_tokenizer_is_asked_next() {
        assert_eq!(resolve(json!({"model_max_length": 128}), Value::Null, Some(512)), 128);
        assert_eq!(resolve(json!({"max_len": 128}), json!({}), Some(512)), 128);
        assert_eq!(
            resolve(json!({"model_max_length": null, "max_len": 128}), json!({}), Some(512)),
            512
        );
    }

    #[test]
    fn an_unset_length_is_no_limit() {
        let unset: Value =
            serde_json::from_str(r#"{"model_max_length": 1000000000000000019884624838656}"#).expect("JSON");
        assert_eq!(resolve(unset.clone(), Value::Null, Some(512)), 512);
        assert_eq!(resolve(unset.clone(), Value::Null, Some(-1)), usize::MAX);
        assert_eq!(resolve(unset, Value::Null, None), usize::MAX);
    }
}
