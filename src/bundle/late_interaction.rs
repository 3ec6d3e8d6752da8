//! What a bundle says of a model that was trained for late interaction (ColBERT): the part `text.late_interaction` of
//! `glyxel.json`.

use serde::{Deserialize, Serialize};

/// More tokens than any such model reads: a manifest must not make texts of any length.
const MOST_TOKENS: usize = 1 << 16;

/// How queries and documents become this model's tokens, and what their vectors are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateInteractionManifest {
    /// Values in a token's vector, which has length 1.
    pub dim: usize,
    pub query: Marked,
    pub document: Marked,
    /// What queries are filled up with; `None`: they are not.
    #[serde(default)]
    pub expansion: Option<Expansion>,
    /// Ids of tokens (punctuation) that have no vector in a document, though the model reads them; ascending.
    pub skipped: Vec<u32>,
}

/// Texts that begin with a marker of what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The token put behind the first one; `None`: none is.
    #[serde(default)]
    pub marker: Option<u32>,
    /// The most tokens, special ones and the marker included.
    pub max_length: usize,
}

/// Queries are filled up to their `max_length`: what the model makes of these tokens stands for words that were not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expansion {
    pub token: u32,
    /// Whether the query's own tokens see these, too.
    pub attended: bool,
}

impl LateInteractionManifest {
    pub(super) fn check(&self, vocab_size: usize) -> Result<(), String> {
        if self.dim == 0 {
            return Err("has a late_interaction part whose dim is 0".into());
        }
        for (name, marked) in [("query", self.query), ("document", self.document)] {
            if !(1..=MOST_TOKENS).contains(&marked.max_length) {
                return Err(format!(
                    "has a late_interaction part whose {name} has a max_length of {}; from 1 to {MOST_TOKENS} is possible",
                    marked.max_length
                ));
            }
        }
        if !self.skipped.is_sorted() {
            return Err("has a late_interaction part whose skipped tokens do not ascend".into());
        }
        let expansion = self.expansion.map(|expansion| expansion.token);
        let tokens = [self.query.marker, self.document.marker, expansion];
        match tokens.into_iter().flatten().find(|id| *id as usize >= vocab_size) {
            None => Ok(()),
            Some(id) => Err(format!(
                "has a late_interaction part with the token {id}, but a vocab_size of {vocab_size}"
            )),
        }
    }

    /// The same for a model that is to read no more than `max_length` tokens.
    pub fn limited(mut self, max_length: usize) -> Self {
        for marked in [&mut self.query, &mut self.document] {
            marked.max_length = marked.max_length.min(max_length);
        }
        self
    }
}
