//! `CLIPTokenizer`: byte-level BPE of lower case, whose words end in `</w>`.

use serde_json::{json, Value};

use super::{byte_level, Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["CLIPTokenizer"],
    model_types: &[
        "clip",
        "aimv2",
        "clipseg",
        "groupvit",
        "omdet-turbo",
        "oneformer",
        "owlv2",
        "owlvit",
        "sam3",
        "sam3_video",
        "xclip",
    ],
    model: "BPE",
    files: "vocab.json and merges.txt",
    read: byte_level::read,
    build,
};

/// Words, single digits, and runs of what is neither.
const WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let end = json!("<|endoftext|>");
    let defaults = [
        ("unk_token", end.clone()),
        ("bos_token", json!("<|startoftext|>")),
        ("eos_token", end.clone()),
        ("pad_token", end),
    ];
    let (vocab, merges) = vocab.bpe()?;
    let vocab = Value::Object(vocab);
    let tokens = SpecialTokens::new(&vocab, init.config, &defaults)?;
    let mut model = byte_level::model(vocab, merges)?;
    model["unk_token"] = tokens.get("unk_token")?.0.into();
    model["end_of_word_suffix"] = "</w>".into();
    let normalizers = [
        json!({"type": "NFC"}),
        json!({"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}),
        json!({"type": "Lowercase"}),
    ];
    let pre_tokenizers = [
        json!({"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": true}),
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}),
    ];
    let parts = Parts {
        normalizer: json!({"type": "Sequence", "normalizers": normalizers}),
        pre_tokenizer: json!({"type": "Sequence", "pretokenizers": pre_tokenizers}),
        post_processor: tokens.roberta(["bos_token", "eos_token"], false, false)?,
        model,
    };
    tokens.finish(init, parts)
}
