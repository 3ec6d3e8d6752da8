//! What all classes share: their special tokens, and how the parts of a tokenizer become one `tokenizer.json`.

use serde_json::{json, Map, Value};

use super::super::added::{malformed, named, roles, AddedToken, Vocabulary};
use super::super::config::{padding_side, truncation};
use super::Init;
use crate::error::Result;

/// The special tokens of a tokenizer, with their ids.
pub struct SpecialTokens {
    config: Map<String, Value>,
    vocabulary: Vocabulary,
}

impl SpecialTokens {
    /// Over the `vocab` of a model. A role that `config` does not name has its default, which is written as
    /// `tokenizer_config.json` writes tokens: as a string or an object; null is none.
    pub fn new(vocab: &Value, config: &Map<String, Value>, defaults: &[(&str, Value)]) -> Result<Self> {
        let mut config = config.clone();
        for (role, default) in defaults {
            config.entry(*role).or_insert_with(|| default.clone());
        }
        let mut vocabulary = Vocabulary::of_model(Some(vocab));
        vocabulary.add_all(&config, &roles(&config)?)?;
        Ok(Self { config, vocabulary })
    }

    /// The token of a role and its id; `None` if it has none.
    pub fn find(&self, role: &str) -> Result<Option<(String, u64)>> {
        let token = named(&self.config, role)?.map(|token| token.content);
        Ok(token.and_then(|token| self.vocabulary.id(&token).map(|id| (token, id))))
    }

    /// The same for a role that the class cannot do without.
    pub fn get(&self, role: &str) -> Result<(String, u64)> {
        self.find(role)?.ok_or_else(|| malformed(role))
    }

    /// `TemplateProcessing`: a role is put in where it stands, and `"A"` and `"B"` are the texts; each with its type id.
    pub fn template(&self, single: &[(&str, u32)], pair: &[(&str, u32)]) -> Result<Value> {
        let mut special_tokens = Map::new();
        let mut pieces = |pieces: &[(&str, u32)]| -> Result<Vec<Value>> {
            let piece = |(what, type_id): &(&str, u32)| {
                if let "A" | "B" = *what {
                    return Ok(json!({"Sequence": {"id": what, "type_id": type_id}}));
                }
                let (token, id) = self.get(what)?;
                special_tokens.insert(token.clone(), json!({"id": token, "ids": [id], "tokens": [token]}));
                Ok(json!({"SpecialToken": {"id": token, "type_id": type_id}}))
            };
            pieces.iter().map(piece).collect()
        };
        let (single, pair) = (pieces(single)?, pieces(pair)?);
        Ok(json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special_tokens}))
    }

    /// What `transformers` puts around a text where nothing else says so: what `add_bos_token` and `add_eos_token`
    /// ask for, which it ignores beside a `tokenizer.json`.
    pub fn bos_and_eos(&self, init: &Init) -> Result<Value> {
        let wanted = |role: &'static str| -> Result<Option<&'static str>> {
            let asked = init.json.is_none() && self.config.get(&format!("add_{role}")) == Some(&Value::Bool(true));
            Ok(self.find(role)?.filter(|_| asked).map(|_| role))
        };
        let (bos, eos) = (wanted("bos_token")?, wanted("eos_token")?);
        let around = |text: &'static str, type_id: u32| {
            let tokens = bos.into_iter().chain([text]).chain(eos);
            tokens.map(move |token| (token, type_id)).collect::<Vec<_>>()
        };
        let single = around("A", 0);
        self.template(&single, &[single.as_slice(), &around("B", 1)].concat())
    }

    /// `RobertaProcessing`: the first role, the text, the second role, all of type 0.
    pub fn roberta(&self, [first, last]: [&str; 2], trim_offsets: bool, add_prefix_space: bool) -> Result<Value> {
        Ok(json!({
            "type": "RobertaProcessing", "sep": self.get(last)?, "cls": self.get(first)?,
            "trim_offsets": trim_offsets, "add_prefix_space": add_prefix_space,
        }))
    }

    /// Writes the `tokenizer.json`.
    pub fn finish(&self, init: &Init, parts: Parts) -> Result<Value> {
        let pad: Option<AddedToken> = named(&self.config, "pad_token")?;
        let old_padding = init.old("padding");
        let side = padding_side(&self.config, &old_padding)?;
        Ok(json!({
            "version": "1.0",
            "truncation": truncation(&self.config, init.old("truncation"))?,
            "padding": self.vocabulary.padding(pad.as_ref(), side),
            "added_tokens": self.vocabulary.added_tokens(),
            "normalizer": parts.normalizer,
            "pre_tokenizer": parts.pre_tokenizer,
            "post_processor": parts.post_processor,
            "decoder": null,
            "model": parts.model,
        }))
    }
}

/// The fields of a `tokenizer.json` in which classes differ; null is none. Nothing is decoded, so there is no decoder.
pub struct Parts {
    pub normalizer: Value,
    pub pre_tokenizer: Value,
    pub post_processor: Value,
    pub model: Value,
}
