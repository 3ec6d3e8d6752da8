//! `MPNetTokenizer`: BERT's WordPiece with RoBERTa's special tokens.

use serde_json::{json, Value};

use super::{word_piece, Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["MPNetTokenizer"],
    model_types: &["mpnet"],
    model: "WordPiece",
    files: "vocab.txt",
    read: word_piece::read,
    build,
};

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let mut config = init.config.clone();
    // A mask named by a mere string takes the space before it along.
    let mask = config.entry("mask_token").or_insert_with(|| json!("<mask>"));
    if mask.is_string() {
        *mask = json!({"content": mask, "lstrip": true, "special": true});
    }
    let defaults = [
        ("bos_token", json!("<s>")),
        ("eos_token", json!("</s>")),
        ("unk_token", json!("[UNK]")),
        ("sep_token", json!("</s>")),
        ("pad_token", json!("<pad>")),
        ("cls_token", json!("<s>")),
    ];
    let vocab = Value::Object(vocab.word_piece()?);
    let tokens = SpecialTokens::new(&vocab, &config, &defaults)?;
    let parts = Parts {
        normalizer: word_piece::normalizer(init)?,
        pre_tokenizer: json!({"type": "BertPreTokenizer"}),
        post_processor: tokens.roberta(["cls_token", "sep_token"], true, false)?,
        model: word_piece::model(vocab, &tokens.get("unk_token")?.0),
    };
    tokens.finish(init, parts)
}
