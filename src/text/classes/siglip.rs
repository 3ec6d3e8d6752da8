//! `SiglipTokenizer`: SentencePiece's Unigram over texts without case and punctuation. `transformers` runs it in Python, over
//! SentencePiece itself; here its steps are written as normalizers. They depart from it in rare texts: the tokenizers crate looks the
//! model's rules up for a whole grapheme and takes the shortest that fits, and adds scores in double precision; and a text that is cut
//! right behind a `</s>` of its own gets another.

use serde_json::{json, Value};

use super::super::sentencepiece::{PieceKind, SentencePiece};
use super::sentencepiece::{normalizers, precompiled, unigram_model};
use super::{Class, Init, Parts, SpecialTokens, Vocab, FILES_ONLY};
use crate::error::{Error, Result};

const FILE: &str = "spiece.model";

pub const CLASS: Class = Class {
    names: &["SiglipTokenizer"],
    model_types: &["siglip"],
    model: FILES_ONLY,
    files: FILE,
    read: |files| Ok(files(FILE)?.map(Vocab::SentencePiece)),
    build,
};

const ROLES: [(&str, &str); 3] = [("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "</s>")];

fn build(vocab: Vocab, init: &Init) -> Result<Value> {
    let Vocab::SentencePiece(bytes) = vocab else {
        return Err(Error::Internal(
            "SiglipTokenizer was given no SentencePiece model".into(),
        ));
    };
    let model = SentencePiece::parse(&bytes)?;
    let tokens = SpecialTokens::new(&json!(model.scores()), init.config, &ROLES.map(|(r, d)| (r, json!(d))))?;
    let eos = tokens.get("eos_token")?;
    let special = [eos.clone(), tokens.get("unk_token")?, tokens.get("pad_token")?];
    let pieces = pieces(&model)?;
    let unk_id = usize::try_from(model.unk.0).ok().filter(|id| *id < pieces.len());
    let single = [("A", 0), ("eos_token", 0)];
    let parts = Parts {
        normalizer: normalizer(&model, &special, &eos, init)?,
        pre_tokenizer: json!({
            "type": "Split", "pattern": {"Regex": MARKS}, "behavior": "Isolated", "invert": false,
        }),
        post_processor: tokens.template(&single, &[&single[..], &[("B", 0), ("eos_token", 0)]].concat())?,
        model: unigram_model(
            json!(pieces),
            unk_id.ok_or_else(|| unsupported("has no token for unknown characters"))?,
        ),
    };
    let mut json = tokens.finish(init, parts)?;
    let added = json["added_tokens"].take();
    for token in added.as_array().into_iter().flatten() {
        let content = token["content"].as_str().unwrap_or_default();
        if !special.iter().any(|(special, _)| special == content) || token["single_word"] == true {
            return Err(Error::Unsupported(format!(
                "SiglipTokenizer with the added token {content:?} is not supported: only </s>, <unk> and padding are"
            )));
        }
    }
    json["added_tokens"] = json!([]);
    Ok(json)
}

fn unsupported(what: &str) -> Error {
    Error::Unsupported(format!(
        "{FILE} {what}; only models like those that SigLIP was trained with are supported"
    ))
}

/// What the special token of an id is called in the model and in normalised texts, which have these characters for nothing else.
/// The names of the vocabulary's first few are one character; others are never met in a text.
fn mark(id: u64) -> String {
    match u32::try_from(id)
        .ok()
        .filter(|id| *id < 16)
        .and_then(|id| char::from_u32(0x10fff0 + id))
    {
        Some(mark) => mark.to_string(),
        None => format!("\u{10fff0}{id}"),
    }
}

const MARKS: &str = r"[\x{10fff0}-\x{10ffff}]";

/// The model's pieces, the special ones under their marks: SentencePiece finds none of those in a text by itself.
fn pieces(model: &SentencePiece) -> Result<Vec<(String, f64)>> {
    if !model.unigram || model.byte_fallback {
        return Err(unsupported(
            "is no Unigram model, or one with bytes for what it does not know",
        ));
    }
    let named = (0..).zip(&model.pieces).map(|(id, piece)| match piece.kind {
        PieceKind::Learned => Ok((piece.text.to_string(), f64::from(piece.score))),
        PieceKind::Control | PieceKind::Reserved => Ok((mark(id), f64::from(piece.score))),
        PieceKind::UserDefined => Err(unsupported(&format!("has the user's own piece {:?}", piece.text))),
    });
    named.collect()
}

/// Special tokens cut the text; what is between them is canonicalised (lower case, no ASCII punctuation, single spaces), then
/// normalised by the model's own rules. Only a text's beginning has a space put before it.
fn normalizer(model: &SentencePiece, special: &[(String, u64)], eos: &(String, u64), init: &Init) -> Result<Value> {
    let replace =
        |regex: &str, content: &str| json!({"type": "Replace", "pattern": {"Regex": regex}, "content": content});
    let mut steps = vec![replace(MARKS, "\u{10ffef}")];
    for (content, id) in special {
        if !(*id < 16 && special_piece(model, *id)) {
            return Err(unsupported(&format!(
                "has no special piece {content:?} among its first"
            )));
        }
        steps.push(json!({"type": "Replace", "pattern": {"String": content}, "content": mark(*id)}));
    }
    if init.flag("do_lower_case", true)? {
        // A sigma at the end of its word has a form of its own, which `Lowercase` does not know.
        let (cased, ignored) = (r"[\p{Lu}\p{Ll}\p{Lt}]", r"[\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}'.:·’]");
        let behind = format!("(?<={cased}|{cased}{ignored}|{cased}{ignored}{ignored})");
        steps.push(replace(&format!("{behind}Σ(?!{ignored}*{cased})"), "ς"));
        steps.push(json!({"type": "Lowercase"}));
    }
    steps.extend([
        replace(r"[!-/:-@\[-`{-~]", ""),
        replace(r"[\s▁\x1c-\x1f]+", " "),
        replace(&format!(r" (?={MARKS})|(?<={MARKS}) | \z"), ""),
        json!({"type": "Prepend", "prepend": "▁"}),
        replace(&format!(r"\A▁(?={MARKS})"), ""),
        precompiled(model.charsmap()?.as_deref()),
        replace(" {2,}", " "),
        replace(&format!(r"[ ▁]+(?={MARKS}|\z)"), ""),
        replace(" ", "▁"),
        // The template puts it there.
        replace(&format!(r"{}\z", mark(eos.1)), ""),
    ]);
    Ok(normalizers(steps))
}

fn special_piece(model: &SentencePiece, id: u64) -> bool {
    let piece = usize::try_from(id).ok().and_then(|id| model.pieces.get(id));
    piece.is_some_and(|piece| matches!(piece.kind, PieceKind::Control | PieceKind::Reserved))
}
