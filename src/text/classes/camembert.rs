//! `CamembertTokenizer`: SentencePiece's Unigram with fairseq's special tokens before the model's own.

use serde_json::{json, Value};

use super::sentencepiece::{names, not_unigram, read, unigram_model, words, Unigram};
use super::{Class, Init, Parts, SpecialTokens, Vocab};
use crate::error::Result;

const FILE: &str = "sentencepiece.bpe.model";

pub const CLASS: Class = Class {
    names: &["CamembertTokenizer"],
    model_types: &["camembert"],
    model: "Unigram",
    files: FILE,
    read: |files| read(files, FILE),
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
    ];
    let mut unigram = Unigram::new(vocab)?;
    let mut config = unigram.config(init);
    config
        .entry("additional_special_tokens")
        .or_insert_with(|| json!(["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"]));
    // A mask named by a mere string takes the space before it along.
    let mask = config.entry("mask_token").or_insert_with(|| json!("<mask>"));
    if mask.is_string() {
        *mask = json!({"content": mask, "lstrip": true, "special": true});
    }
    if let Some(model) = &unigram.model {
        if !model.unigram {
            return Err(not_unigram(FILE));
        }
        let [pad, unk, mask] = names(&config, &defaults, ["pad_token", "unk_token", "mask_token"])?;
        let first = [
            ("<s>NOTUSED", 0.0),
            (&pad, 0.0),
            ("</s>NOTUSED", 0.0),
            (&unk, 0.0),
            ("<unk>NOTUSED", -100.0),
        ];
        unigram
            .pieces
            .splice(..1, first.map(|(token, score)| (token.to_string(), score)));
        unigram.pieces.push((mask, 0.0));
    }
    let vocab = unigram.vocab();
    let tokens = SpecialTokens::new(&vocab, &config, &defaults)?;
    let unk = tokens.get("unk_token")?.0;
    let unk_id = unigram.pieces.iter().position(|(piece, _)| *piece == unk).unwrap_or(0);
    let single = [("bos_token", 0), ("A", 0), ("eos_token", 0)];
    let parts = Parts {
        normalizer: unigram.precompiled(),
        pre_tokenizer: words(init)?,
        post_processor: tokens.template(
            &single,
            &[&single[..], &[("eos_token", 0), ("B", 0), ("eos_token", 0)]].concat(),
        )?,
        model: unigram_model(vocab, unk_id),
    };
    tokens.finish(init, parts)
}
