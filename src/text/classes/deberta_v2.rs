//! `DebertaV2Tokenizer`, of DeBERTa-v2 and v3: SentencePiece's Unigram without its normalization.

use serde_json::{json, Value};

use super::super::added::malformed;
use super::sentencepiece::{metaspace, normalizers, read, unigram_model, Unigram};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::{Error, Result};

pub const CLASS: Class = Class {
    names: &["DebertaV2Tokenizer"],
    model_types: &["deberta-v2"],
    model: "Unigram",
    files: "spm.model",
    read: |files| read(files, "spm.model"),
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let defaults = [
        ("bos_token", json!("[CLS]")),
        ("eos_token", json!("[SEP]")),
        ("unk_token", json!("[UNK]")),
        ("sep_token", json!("[SEP]")),
        ("pad_token", json!("[PAD]")),
        ("cls_token", json!("[CLS]")),
        ("mask_token", json!("[MASK]")),
    ];
    let unigram = Unigram::new(vocab)?;
    let vocab = unigram.vocab();
    let tokens = SpecialTokens::new(&vocab, &unigram.config(init), &defaults)?;
    let single = [("cls_token", 0), ("A", 0), ("sep_token", 0)];
    let parts = Parts {
        normalizer: normalizer(init)?,
        pre_tokenizer: pre_tokenizer(init)?,
        post_processor: tokens.template(&single, &[&single[..], &[("B", 1), ("sep_token", 1)]].concat())?,
        model: unigram_model(vocab, unk_id(&unigram, &tokens.get("unk_token")?.0, init)?),
    };
    tokens.finish(init, parts)
}

/// Where the unknown token stands with the score 0; else what the model or the config says.
fn unk_id(unigram: &Unigram, unk: &str, init: &Init) -> Result<usize> {
    if let Some(id) = unigram
        .pieces
        .iter()
        .position(|(piece, score)| piece == unk && *score == 0.0)
    {
        return Ok(id);
    }
    match (&unigram.model, init.config.get("unk_id")) {
        (Some(model), _) => usize::try_from(model.unk_id)
            .map_err(|_| Error::BadModel("the SentencePiece model has no token for unknown characters".into())),
        (None, None) => Ok(1),
        (None, Some(id)) => {
            let id = id.as_u64().and_then(|id| usize::try_from(id).ok());
            id.ok_or_else(|| malformed("unk_id"))
        }
    }
}

fn normalizer(init: &Init) -> Result<Value> {
    let lowercase = match init.flag("do_lower_case", false)? {
        true => json!({"type": "Lowercase"}),
        false => Value::Null,
    };
    Ok(normalizers(vec![
        lowercase,
        json!({"type": "Replace", "pattern": {"Regex": r"\s{2,}|[\n\r\t]"}, "content": " "}),
        json!({"type": "NFC"}),
        json!({"type": "Strip", "strip_left": false, "strip_right": true}),
    ]))
}

fn pre_tokenizer(init: &Init) -> Result<Value> {
    let mut steps = Vec::new();
    if init.flag("split_by_punct", false)? {
        steps.push(json!({"type": "Punctuation", "behavior": "Isolated"}));
    }
    let prepend_scheme = match init.flag("add_prefix_space", true)? {
        true => "always",
        false => "first",
    };
    steps.push(metaspace(prepend_scheme, true));
    Ok(json!({"type": "Sequence", "pretokenizers": steps}))
}
