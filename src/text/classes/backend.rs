//! `TokenizersBackend` where there is no `tokenizer.json` but a SentencePiece model: it is run as the model itself
//! says, Unigram or BPE, with or without bytes for what it does not know.

use serde_json::{json, Map, Value};

use super::super::added::malformed;
use super::super::sentencepiece::SentencePiece;
use super::sentencepiece::{normalizers, precompiled, with_added_tokens};
use super::{byte_level, Init, Parts, Read, SpecialTokens};
use crate::error::Result;

const FILE: &str = "tokenizer.model";

/// `None` if there is no such model.
pub fn from_files(config: &Map<String, Value>, read: &Read) -> Result<Option<Value>> {
    let Some(bytes) = read(FILE)? else {
        return Ok(None);
    };
    let init = Init { config, json: None };
    build(&SentencePiece::parse(&bytes)?, &init).map(Some)
}

fn build(model: &SentencePiece, init: &Init) -> Result<Value> {
    let json = match model.unigram {
        true => {
            json!({"type": "Unigram", "unk_id": model.unk.0, "vocab": model.scores(), "byte_fallback": model.byte_fallback})
        }
        false => {
            let (mut vocab, merges) = model.vocab_and_merges()?;
            rename(&mut vocab, init.config)?;
            let vocab = Value::Object(vocab);
            byte_level::check_merges(&vocab, &merges)?;
            json!({
                "type": "BPE", "unk_token": model.unk.1, "fuse_unk": true, "byte_fallback": model.byte_fallback,
                "vocab": vocab, "merges": merges,
            })
        }
    };
    // A model without one of these tokens gives it the id -1.
    let named = [
        ("bos_token", model.bos, "<s>"),
        ("eos_token", model.eos, "</s>"),
        ("unk_token", model.unk, "<unk>"),
    ];
    let defaults: Vec<_> = named
        .into_iter()
        .filter(|(_, (id, _), _)| *id >= 0)
        .map(|(role, (_, name), usual)| (role, json!(if name.is_empty() { usual } else { name })))
        .collect();
    let config = with_added_tokens(init.config, Some(model.added_tokens()));
    let tokens = SpecialTokens::new(&json["vocab"], &config, &defaults)?;
    let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
    let parts = Parts {
        normalizer: normalizers(vec![precompiled(model.charsmap()?.as_deref()), spaces]),
        pre_tokenizer: Value::Null,
        post_processor: tokens.bos_and_eos(init)?,
        model: json,
    };
    tokens.finish(init, parts)
}

/// Pieces that only keep a place take the names that `added_tokens_decoder` has for their ids.
fn rename(vocab: &mut Map<String, Value>, config: &Map<String, Value>) -> Result<()> {
    let Some(Value::Object(decoder)) = config.get("added_tokens_decoder") else {
        return Ok(());
    };
    let mut names: std::collections::HashMap<u64, String> = vocab
        .iter()
        .filter_map(|(name, id)| Some((id.as_u64()?, name.clone())))
        .collect();
    for (id, token) in decoder {
        let id = id.trim().parse().map_err(|_| malformed("added_tokens_decoder"))?;
        let new = token
            .get("content")
            .and_then(Value::as_str)
            .ok_or_else(|| malformed("added_tokens_decoder"))?;
        if let Some(name) = names
            .get_mut(&id)
            .filter(|name| *name != new && !vocab.contains_key(new))
        {
            vocab.remove(name);
            vocab.insert(new.to_string(), id.into());
            *name = new.to_string();
        }
    }
    Ok(())
}
