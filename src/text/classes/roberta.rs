//! `RobertaTokenizer`.

use serde_json::{json, Value};

use super::{byte_level, Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &[
        "RobertaTokenizer",
        "BartTokenizer",
        "LEDTokenizer",
        "LongformerTokenizer",
        "MvpTokenizer",
    ],
    model_types: &[
        "roberta",
        "roberta-prelayernorm",
        "bart",
        "data2vec-text",
        "ibert",
        "lilt",
        "longformer",
        "mra",
    ],
    model: "BPE",
    files: "vocab.json and merges.txt",
    read: byte_level::read,
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let defaults = [
        ("bos_token", json!("<s>")),
        ("eos_token", json!("</s>")),
        ("unk_token", json!("<unk>")),
        ("sep_token", json!("</s>")),
        ("pad_token", json!("<pad>")),
        ("cls_token", json!("<s>")),
        ("mask_token", json!("<mask>")),
    ];
    let (vocab, merges) = vocab.bpe()?;
    let vocab = Value::Object(vocab);
    let tokens = SpecialTokens::new(&vocab, init.config, &defaults)?;
    let (trim_offsets, add_prefix_space) = (init.flag("trim_offsets", true)?, init.flag("add_prefix_space", false)?);
    let parts = Parts {
        normalizer: Value::Null,
        pre_tokenizer: byte_level::pre_tokenizer(init)?,
        post_processor: tokens.roberta(["cls_token", "sep_token"], trim_offsets, add_prefix_space)?,
        model: byte_level::model(vocab, merges)?,
    };
    tokens.finish(init, parts)
}
