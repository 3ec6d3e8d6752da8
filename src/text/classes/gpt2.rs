//! `GPT2Tokenizer`.

use serde_json::{json, Value};

use super::{byte_level, Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["GPT2Tokenizer"],
    model_types: &["gpt2"],
    model: "BPE",
    files: "vocab.json and merges.txt",
    read: byte_level::read,
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let end = json!("<|endoftext|>");
    let defaults = [
        ("unk_token", end.clone()),
        ("bos_token", end.clone()),
        ("eos_token", end),
        // Not even the one that an old padding names.
        ("pad_token", Value::Null),
    ];
    let (vocab, merges) = vocab.bpe()?;
    let vocab = Value::Object(vocab);
    let tokens = SpecialTokens::new(&vocab, init.config, &defaults)?;
    let parts = Parts {
        normalizer: Value::Null,
        pre_tokenizer: byte_level::pre_tokenizer(init)?,
        post_processor: match init.old("post_processor") {
            Value::Null => tokens.bos_and_eos(init)?,
            old => old,
        },
        model: byte_level::model(vocab, merges)?,
    };
    tokens.finish(init, parts)
}
