//! `XLMRobertaTokenizer`: SentencePiece's Unigram with fairseq's special tokens.

use serde_json::{json, Value};

use super::sentencepiece::{names, read, unigram_model, words, Unigram};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

pub const CLASS: Class = Class {
    names: &["XLMRobertaTokenizer"],
    model_types: &["xlm-roberta", "jina_embeddings_v3", "xmod"],
    model: "Unigram",
    files: "sentencepiece.bpe.model",
    read: |files| read(files, "sentencepiece.bpe.model"),
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
    let mut unigram = Unigram::new(vocab)?;
    let config = unigram.config(init);
    if unigram.model.is_some() {
        // fairseq's ids: four tokens instead of the model's first three, and the mask behind all.
        let roles = ["bos_token", "pad_token", "eos_token", "unk_token", "mask_token"];
        let [first @ .., mask] = names(&config, &defaults, roles)?;
        let replaced = unigram.pieces.len().min(3);
        unigram.pieces.splice(..replaced, first.map(|token| (token, 0.0)));
        unigram.pieces.push((mask, 0.0));
    }
    let vocab = unigram.vocab();
    let tokens = SpecialTokens::new(&vocab, &config, &defaults)?;
    let single = [("bos_token", 0), ("A", 0), ("eos_token", 0)];
    let parts = Parts {
        normalizer: unigram.precompiled(),
        pre_tokenizer: words(init)?,
        post_processor: tokens.template(
            &single,
            &[&single[..], &[("eos_token", 0), ("B", 0), ("eos_token", 0)]].concat(),
        )?,
        model: unigram_model(vocab, 3),
    };
    tokens.finish(init, parts)
}
