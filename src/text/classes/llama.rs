//! `LlamaTokenizer`: SentencePiece's BPE, with bytes for what it does not know.

use serde_json::{json, Value};

use super::sentencepiece::{bpe, metaspace, read};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["LlamaTokenizer"],
    model_types: &[],
    model: "BPE",
    files: "tokenizer.model",
    read: |files| read(files, "tokenizer.model"),
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let defaults = [
        ("bos_token", json!("<s>")),
        ("eos_token", json!("</s>")),
        ("unk_token", json!("<unk>")),
    ];
    let (vocab, merges, config) = bpe(vocab, init)?;
    let tokens = SpecialTokens::new(&vocab, &config, &defaults)?;
    let prefix =
        init.config.get("add_prefix_space").is_none_or(Value::is_null) || init.flag("add_prefix_space", true)?;
    let prepend_scheme = match (prefix, init.flag("legacy", false)?) {
        (false, _) => "never",
        (true, true) => "always",
        (true, false) => "first",
    };
    let post_processor = match init.old("post_processor") {
        Value::Null => tokens.bos_and_eos(init)?,
        old => old,
    };
    let parts = Parts {
        normalizer: Value::Null,
        pre_tokenizer: metaspace(prepend_scheme, false),
        post_processor,
        model: json!({"type": "BPE", "fuse_unk": true, "byte_fallback": true, "vocab": vocab, "merges": merges}),
    };
    tokens.finish(init, parts)
}
