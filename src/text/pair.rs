//! Two texts → the ids of both, one behind the other, as a model reads them that was trained on pairs.

use tokenizers::tokenizer::{OffsetType, PostProcessor};
use tokenizers::utils::truncation::{truncate_encodings, TruncationError, TruncationParams, TruncationStrategy};
use tokenizers::Encoding;

use super::tokenizer::{failed, guarded};
use super::{Tokenizer, Tokens};
use crate::error::{Error, Result};

/// Which text of a pair is cut where both together are too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The longer one, down to the length of the other; then both.
    LongestFirst,
    /// The first only.
    First,
}

impl Tokenizer {
    /// The ids of a pair, truncated to `max_length` in all, with the tokenizer's own special tokens around and between.
    pub fn encode_pair(&self, first: &str, second: &str, cut: Cut) -> Result<Tokens> {
        let special = self.inner.get_post_processor().map_or(0, |p| p.added_tokens(true));
        let max_length = self.settings.max_length;
        let room = max_length.checked_sub(special).filter(|room| *room > 0).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "a max_length of {max_length} leaves no room for a pair of texts beside the {special} special tokens that this \
                 tokenizer puts around them; ask for more"
            ))
        })?;
        let params = TruncationParams {
            max_length: room,
            strategy: match cut {
                Cut::LongestFirst => TruncationStrategy::LongestFirst,
                Cut::First => TruncationStrategy::OnlyFirst,
            },
            stride: 0,
            direction: self.direction,
        };
        let encoding = guarded(|| {
            let (first, second) = self.tokenize_pair(first, second, room)?;
            let lengths = (first.len(), second.len());
            match truncate_encodings(first, Some(second), &params) {
                Ok((mut first, mut second)) => {
                    first.take_overflowing();
                    second.iter_mut().for_each(|second| drop(second.take_overflowing()));
                    self.join(first, second.unwrap_or_default()).map(Ok)
                }
                Err(e) if e.downcast_ref::<TruncationError>().is_some() => Ok(Err(lengths)),
                Err(e) => Err(e),
            }
        });
        match encoding.map_err(failed)? {
            Ok(encoding) => self.tokens(&encoding, max_length),
            // transformers leaves such a pair whole, and it may be longer than the model's positions.
            Err((_, second)) => Err(Error::InvalidArgument(format!(
                "the second text of a pair has {second} tokens, which leave no room for the first within the {max_length} that the \
                 model takes, {special} special ones included; shorten it"
            ))),
        }
    }

    /// The types that the tokens of a pair have.
    pub fn pair_type_ids(&self) -> Result<Vec<u32>> {
        let encoding = guarded(|| {
            let text = || self.tokenize("a", None, OffsetType::None);
            self.join(text()?, text()?)
        });
        Ok(encoding.map_err(failed)?.get_type_ids().to_vec())
    }

    /// The texts' own tokens, or at least all of what truncation keeps of them and one more, which shows that there are too
    /// many. Where both have too many by themselves, it counts which one is longer, so both are read whole.
    fn tokenize_pair(&self, first: &str, second: &str, room: usize) -> tokenizers::Result<(Encoding, Encoding)> {
        let pair = |limit| {
            Ok((
                self.tokenize(first, limit, OffsetType::None)?,
                self.tokenize(second, limit, OffsetType::None)?,
            ))
        };
        match pair(Some(room + 1))? {
            (first, second) if first.len() > room && second.len() > room => pair(None),
            cut => Ok(cut),
        }
    }

    fn join(&self, first: Encoding, second: Encoding) -> tokenizers::Result<Encoding> {
        match self.inner.get_post_processor() {
            Some(processor) => processor.process(first, Some(second), true),
            None => Ok(Encoding::merge([first, second], false)),
        }
    }
}
