//! `GemmaTokenizer`: SentencePiece's BPE over the text as it stands, with bytes for what it does not know; and
//! `Siglip2Tokenizer`, which is the same in lower case.

use serde_json::{json, Value};

use super::sentencepiece::{bpe, normalizers, read};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["GemmaTokenizer"],
    model_types: &[
        "gemma",
        "gemma2",
        "gemma3",
        "gemma3_text",
        "gemma3n",
        "gemma3n_text",
        "diffusion_gemma",
        "recurrent_gemma",
        "shieldgemma2",
        "t5gemma",
        "zaya",
    ],
    model: "BPE",
    files: "tokenizer.model",
    read: |files| read(files, "tokenizer.model"),
    build: |vocab, init| build(vocab, init, Value::Null),
};

pub const SIGLIP2: Class = Class {
    names: &["Siglip2Tokenizer"],
    model_types: &["siglip2"],
    build: |vocab, init| build(vocab, init, json!({"type": "Lowercase"})),
    ..CLASS
};

fn build(vocab: Vocab, init: &Init, first: Value) -> Result<Value> {
    let defaults = [
        ("bos_token", json!("<bos>")),
        ("eos_token", json!("<eos>")),
        ("unk_token", json!("<unk>")),
        ("pad_token", json!("<pad>")),
        ("mask_token", json!("<mask>")),
    ];
    let (vocab, merges, mut config) = bpe(vocab, init)?;
    if init.old("padding").is_null() {
        config.entry("padding_side").or_insert_with(|| "left".into());
    }
    let tokens = SpecialTokens::new(&vocab, &config, &defaults)?;
    let unk = tokens.get("unk_token")?.0;
    let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
    let parts = Parts {
        normalizer: normalizers(vec![first, spaces]),
        pre_tokenizer: json!({
            "type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false,
        }),
        post_processor: match init.old("post_processor") {
            Value::Null => tokens.bos_and_eos(init)?,
            old => old,
        },
        model: json!({
            "type": "BPE", "unk_token": unk, "fuse_unk": true, "byte_fallback": true, "vocab": vocab, "merges": merges,
        }),
    };
    tokens.finish(init, parts)
}
