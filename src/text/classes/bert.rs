//! `BertTokenizer`.

use serde_json::{json, Value};

use super::{word_piece, Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &[
        "BertTokenizer",
        "DistilBertTokenizer",
        "ElectraTokenizer",
        "LayoutLMTokenizer",
        "LxmertTokenizer",
        "MobileBertTokenizer",
        "SqueezeBertTokenizer",
    ],
    model_types: &[
        "bert",
        "distilbert",
        "electra",
        "ernie",
        "layoutlm",
        "megatron-bert",
        "mobilebert",
        "nezha",
        "nomic_bert",
        "squeezebert",
    ],
    model: "WordPiece",
    files: "vocab.txt",
    read: word_piece::read,
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let defaults = [
        ("unk_token", json!("[UNK]")),
        ("sep_token", json!("[SEP]")),
        ("pad_token", json!("[PAD]")),
        ("cls_token", json!("[CLS]")),
        ("mask_token", json!("[MASK]")),
    ];
    let vocab = Value::Object(vocab.word_piece()?);
    let tokens = SpecialTokens::new(&vocab, init.config, &defaults)?;
    let single = [("cls_token", 0), ("A", 0), ("sep_token", 0)];
    let parts = Parts {
        normalizer: word_piece::normalizer(init)?,
        pre_tokenizer: json!({"type": "BertPreTokenizer"}),
        post_processor: tokens.template(&single, &[&single[..], &[("B", 1), ("sep_token", 1)]].concat())?,
        model: word_piece::model(vocab, &tokens.get("unk_token")?.0),
    };
    tokens.finish(init, parts)
}
