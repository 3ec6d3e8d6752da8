//! What the classes of byte-level BPE share.

use serde_json::{json, Map, Value};

use super::{Init, Read, Vocab};
use crate::error::{Error, Result};

/// The bytes of a text as letters, cut into words by GPT-2's pattern.
pub fn pre_tokenizer(init: &Init) -> Result<Value> {
    let add_prefix_space = init.flag("add_prefix_space", false)?;
    Ok(json!({"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": true, "use_regex": true}))
}

pub fn model(vocab: Value, merges: Vec<(String, String)>) -> Result<Value> {
    check_merges(&vocab, &merges)?;
    Ok(json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "",
        "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": merges,
    }))
}

/// The tokenizers crate panics on some merges that the vocabulary lacks, so they are looked up first.
pub fn check_merges(vocab: &Value, merges: &[(String, String)]) -> Result<()> {
    for (a, b) in merges {
        if let Some(token) = [a, b, &format!("{a}{b}")]
            .into_iter()
            .find(|token| vocab.get(token).is_none())
        {
            return Err(Error::BadModel(format!(
                "the tokenizer's vocabulary has no {token:?}, which its merge of {a:?} and {b:?} needs: the files are \
                 damaged or belong to different models"
            )));
        }
    }
    Ok(())
}

/// `vocab.json` and `merges.txt`. `transformers` refuses blank lines and byte order marks in them; they mean nothing,
/// so here they are skipped.
pub fn read(read: &Read) -> Result<Option<Vocab>> {
    let (Some(vocab), Some(merges)) = (read("vocab.json")?, read("merges.txt")?) else {
        return Ok(None);
    };
    let bad = |what: String| Error::BadModel(format!("vocab.json cannot be used: {what}"));
    let vocab = vocab.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&vocab);
    let mut vocab: Map<String, Value> = serde_json::from_slice(vocab).map_err(|e| bad(e.to_string()))?;
    // What is no number is skipped, too, but a number has to be an id.
    vocab.retain(|_, id| id.is_number());
    if let Some((token, id)) = vocab
        .iter()
        .find(|(_, id)| id.as_u64().is_none_or(|id| id > u64::from(u32::MAX)))
    {
        return Err(bad(format!("the token {token:?} has the id {id}")));
    }
    let merges = merges_of(&merges)?;
    Ok(Some(Vocab::Bpe { vocab, merges }))
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn merges_of(text: &[u8]) -> Result<Vec<(String, String)>> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let bad = |what: String| Error::BadModel(format!("merges.txt cannot be used: {what}"));
    let text = std::str::from_utf8(text).map_err(|e| bad(format!("it is not UTF-8 ({e})")))?;
    let mut merges = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with("#version") {
            continue;
        }
        match line.split_once(' ') {
            Some((a, b)) if !b.contains(' ') => merges.push((a.to_string(), b.to_string())),
            _ => {
                return Err(bad(format!(
                    "line {number} is not two tokens with a space between them"
                )))
            }
        }
    }
    Ok(merges)
}
