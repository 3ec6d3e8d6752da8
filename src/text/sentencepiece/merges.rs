//! The merges of a BPE model, which a SentencePiece file does not list: every way to make a piece of two others, the
//! pieces in the order of their ids (`generate_merges` of `transformers` 5.17).

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::classes::Merges;
use super::{bad, SentencePiece};
use crate::error::Result;

/// Vocabularies of a quarter of a million pieces have under a million.
const MOST_MERGES: usize = 1 << 22;

/// How a piece is made: out of what stands before and behind this byte of it.
struct Merge<'a> {
    left: &'a str,
    right: &'a str,
    order: (u32, usize, usize),
}

impl SentencePiece<'_> {
    /// The `vocab` and `merges` of a BPE model of a `tokenizer.json`. Of a piece that stands twice the last id counts.
    pub fn vocab_and_merges(&self) -> Result<(Map<String, Value>, Merges)> {
        let ids: HashMap<&str, u32> = self.pieces.iter().map(|piece| piece.text).zip(0..).collect();
        let mut merges = Vec::new();
        let mut vocab = Map::new();
        for (id, piece) in (0..).zip(self.pieces.iter().map(|piece| piece.text)) {
            if ids.get(piece) != Some(&id) {
                continue;
            }
            vocab.insert(piece.to_string(), Value::from(id));
            // In characters, as Python counts.
            let length = piece.chars().count();
            for (before, (at, _)) in piece.char_indices().enumerate().skip(1) {
                let (left, right) = piece.split_at(at);
                if ids.contains_key(left) && ids.contains_key(right) {
                    let order = (id, before, length - before);
                    merges.push(Merge { left, right, order });
                }
            }
            if merges.len() > MOST_MERGES {
                return Err(bad(&format!("its pieces combine in more than {MOST_MERGES} ways")));
            }
        }
        merges.sort_unstable_by_key(|merge| merge.order);
        let merges = merges
            .iter()
            .map(|merge| (merge.left.to_string(), merge.right.to_string()))
            .collect();
        Ok((vocab, merges))
    }
}
