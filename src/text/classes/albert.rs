//! `AlbertTokenizer`: SentencePiece's Unigram behind a normalization of its own.

use serde_json::{json, Value};

use super::sentencepiece::{normalizers, read, unigram_model, words, Unigram};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["AlbertTokenizer"],
    model_types: &["albert", "yoso"],
    model: "Unigram",
    files: "spiece.model",
    read: |files| read(files, "spiece.model"),
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let defaults = [
        ("bos_token", json!("[CLS]")),
        ("eos_token", json!("[SEP]")),
        ("unk_token", json!("<unk>")),
        ("sep_token", json!("[SEP]")),
        ("pad_token", json!("<pad>")),
        ("cls_token", json!("[CLS]")),
        ("mask_token", json!("[MASK]")),
    ];
    let unigram = Unigram::new(vocab)?;
    let vocab = unigram.vocab();
    let tokens = SpecialTokens::new(&vocab, &unigram.config(init), &defaults)?;
    let parts = Parts {
        normalizer: normalizer(&unigram, init)?,
        pre_tokenizer: words(init)?,
        post_processor: post_processor(&tokens, init)?,
        model: unigram_model(vocab, 1),
    };
    tokens.finish(init, parts)
}

fn normalizer(unigram: &Unigram, init: &Init) -> Result<Value> {
    let quote = |quote: &str| json!({"type": "Replace", "pattern": {"String": quote}, "content": "\""});
    let mut steps = vec![quote("``"), quote("''")];
    if !init.flag("keep_accents", false)? {
        steps.extend([json!({"type": "NFKD"}), json!({"type": "StripAccents"})]);
    }
    if init.flag("do_lower_case", true)? {
        steps.push(json!({"type": "Lowercase"}));
    }
    steps.push(unigram.precompiled());
    Ok(normalizers(steps))
}

/// `[CLS] A [SEP]`, unless a `tokenizer.json` or the config says otherwise.
fn post_processor(tokens: &SpecialTokens, init: &Init) -> Result<Value> {
    let old = init.old("post_processor");
    if !old.is_null() {
        return Ok(old);
    }
    let asked = |key: &str| init.config.contains_key(key);
    if init.json.is_none() && (asked("add_bos_token") || asked("add_eos_token")) {
        return tokens.bos_and_eos(init);
    }
    let single = [("cls_token", 0), ("A", 0), ("sep_token", 0)];
    tokens.template(&single, &[&single[..], &[("B", 1), ("sep_token", 1)]].concat())
}
