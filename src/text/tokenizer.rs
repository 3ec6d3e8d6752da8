//! One text → its ids, by the tokenizers crate. No thread is started here: of the crate only what works on the
//! calling thread is used.

use std::ops::Range;

use tokenizers::normalizers::{Lowercase, Sequence};
use tokenizers::tokenizer::{
    Encoding, Model, NormalizerWrapper, OffsetType, PaddingDirection, PostProcessor, PreTokenizedString, PreTokenizer,
    TruncationDirection,
};

use crate::error::{Error, Result};

/// What is done to every text besides what `tokenizer.json` says.
///
/// sentence-transformers 6.0.1 changes nothing in a text before it tokenizes it: the `strip()` of its earlier
/// versions is gone, and its `do_lower_case` no longer is Python's `str.lower()` but the tokenizer's own `Lowercase`,
/// put before the model's normalizer. So 'İ' becomes two characters, a final sigma stays 'σ', and added tokens such
/// as `[SEP]` keep their case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most tokens of a text, special ones included; `usize::MAX` cuts nothing. See
    /// [`max_length`](super::max_length).
    pub max_length: usize,
    /// `do_lower_case` of `sentence_bert_config.json`: lowercase the text first, whatever the tokenizer does.
    pub lowercase: bool,
}

/// One tokenized text, truncated, with its special tokens, unpadded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    pub ids: Vec<u32>,
    pub type_ids: Vec<u32>,
}

/// More padding than any model of texts and images takes (64 tokens).
const MOST_PADDING: usize = 1 << 16;

/// A tokenizer of any kind that `tokenizer.json` can describe. Immutable: shared by any number of threads.
pub struct Tokenizer {
    pub(super) inner: tokenizers::Tokenizer,
    pub(super) settings: Settings,
    /// Which end of a long text is cut off.
    pub(super) direction: TruncationDirection,
    /// How many special tokens stand around every text.
    special: usize,
    pad_id: u32,
    /// Which end of a short text is filled up, where texts are.
    pad_direction: PaddingDirection,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`. Of its truncation only the direction counts, of its padding only that and the id.
    pub fn from_json(tokenizer_json: &[u8], settings: Settings) -> Result<Self> {
        let bad = |e: String| Error::BadModel(format!("tokenizer.json cannot be used: {e}"));
        let inner = guarded(|| tokenizers::Tokenizer::from_bytes(tokenizer_json)).map_err(bad)?;
        let mut inner = with_lowercase(inner, settings.lowercase).map_err(bad)?;

        let direction = inner
            .get_truncation()
            .map_or(TruncationDirection::Right, |t| t.direction);
        let pad_direction = inner
            .get_padding()
            .map_or(PaddingDirection::Right, |padding| padding.direction);
        let pad_id = match inner.get_padding() {
            Some(padding) => padding.pad_id,
            None => ["[PAD]", "<pad>"]
                .iter()
                .find_map(|token| inner.token_to_id(token))
                .unwrap_or(0),
        };
        inner.with_padding(None);
        guarded(|| inner.with_truncation(None).map(|_| ())).map_err(bad)?;

        // Any text must be encodable, so one that surely holds an unknown symbol is.
        guarded(|| inner.get_model().tokenize("\u{e000}\u{f8ff}").map(|_| ()))
            .map_err(|e| bad(format!("it has no token for what its vocabulary does not cover ({e})")))?;

        let special = inner.get_post_processor().map_or(0, |p| p.added_tokens(false));
        room(settings.max_length, special)?;
        Ok(Self {
            inner,
            settings,
            direction,
            special,
            pad_id,
            pad_direction,
        })
    }

    /// The ids of `text`, truncated to `max_length`.
    pub fn encode(&self, text: &str) -> Result<Tokens> {
        let max_length = self.settings.max_length;
        let encoding = self.encoding(text, max_length, OffsetType::None)?;
        self.tokens(&encoding, max_length)
    }

    /// The same, truncated to a length of its own, and for each token the bytes of the text that it came from; 0..0 for the
    /// special tokens around it.
    pub fn encode_with_spans(&self, text: &str, max_length: usize) -> Result<(Tokens, Vec<Range<usize>>)> {
        let encoding = self.encoding(text, max_length, OffsetType::Byte)?;
        let tokens = self.tokens(&encoding, max_length)?;
        let added = encoding.get_special_tokens_mask().iter();
        let span = |((begin, end), added): (&(usize, usize), &u32)| match added {
            0 => whole_characters(text, *begin, *end),
            _ => 0..0,
        };
        Ok((tokens, encoding.get_offsets().iter().zip(added).map(span).collect()))
    }

    /// The ids of a text without the special tokens around it, whole.
    pub fn encode_bare(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = guarded(|| self.tokenize(text, None, OffsetType::None)).map_err(failed)?;
        Ok(encoding.get_ids().to_vec())
    }

    fn encoding(&self, text: &str, max_length: usize, offsets: OffsetType) -> Result<Encoding> {
        let room = room(max_length, self.special)?;
        guarded(|| {
            let mut encoding = self.tokenize(text, Some(room), offsets)?;
            encoding.truncate(room, 0, self.direction);
            encoding.take_overflowing();
            self.add_special_tokens(encoding)
        })
        .map_err(failed)
    }

    pub(super) fn tokens(&self, encoding: &Encoding, max_length: usize) -> Result<Tokens> {
        if encoding.len() > max_length {
            return Err(Error::BadModel(format!(
                "the tokenizer's post-processor made {} tokens where {max_length} were allowed: it repeats the text; \
                 tokenizer.json has to be corrected",
                encoding.len()
            )));
        }
        Ok(Tokens {
            ids: encoding.get_ids().to_vec(),
            type_ids: encoding.get_type_ids().to_vec(),
        })
    }

    /// The ids of `text`, truncated to `max_length` and filled up to it: what a model reads that was trained so.
    pub fn encode_padded(&self, text: &str) -> Result<Tokens> {
        let tokens = self.encode(text)?;
        let missing = self.settings.max_length.saturating_sub(tokens.ids.len());
        if missing > MOST_PADDING {
            return Err(Error::InvalidArgument(format!(
                "a text would be filled up with {missing} tokens of padding; set max_length to what the model takes"
            )));
        }
        let fill = |row: Vec<u32>, value: u32| match self.pad_direction {
            PaddingDirection::Left => [vec![value; missing], row].concat(),
            PaddingDirection::Right => [row, vec![value; missing]].concat(),
        };
        Ok(Tokens {
            ids: fill(tokens.ids, self.pad_id),
            type_ids: fill(tokens.type_ids, 0),
        })
    }

    /// How many tokens `text` has before truncation, special ones included.
    pub fn count(&self, text: &str) -> Result<usize> {
        guarded(|| {
            Ok(self
                .add_special_tokens(self.tokenize(text, None, OffsetType::None)?)?
                .len())
        })
        .map_err(failed)
    }

    /// How many of a text's first tokens are those of a prompt put before it: as sentence-transformers counts them, the
    /// prompt's own, less a special token at its end.
    pub fn prompt_length(&self, prompt: &str) -> Result<usize> {
        let encoding =
            guarded(|| self.add_special_tokens(self.tokenize(prompt, None, OffsetType::None)?)).map_err(failed)?;
        let special = encoding.get_special_tokens_mask().last() == Some(&1);
        Ok(encoding.len() - usize::from(special))
    }

    /// The number of different tokens, added ones included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// One more than the largest id that `encode` can give: what the model's embedding has to have rows for.
    pub fn id_bound(&self) -> usize {
        let special = self.encode("").map(|t| t.ids).unwrap_or_default();
        let vocab = self.inner.get_vocab(true);
        vocab
            .values()
            .copied()
            .chain(special)
            .max()
            .map_or(0, |id| id as usize + 1)
    }

    /// The id that fills up a batch's shorter rows.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// The id of a token of the vocabulary, as that writes it.
    pub fn token_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// A token as the vocabulary writes it.
    pub fn piece(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// How many special tokens stand around every text.
    pub fn special_tokens(&self) -> usize {
        self.special
    }

    /// Whether short texts are filled up at their beginning.
    pub fn pads_left(&self) -> bool {
        matches!(self.pad_direction, PaddingDirection::Left)
    }

    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The text's own tokens. With a limit the model stops after the split that reaches it: all of what truncation
    /// will keep, and not the rest of a text that may be a megabyte long.
    pub(super) fn tokenize(
        &self,
        text: &str,
        limit: Option<usize>,
        offsets: OffsetType,
    ) -> tokenizers::Result<Encoding> {
        if limit == Some(0) {
            return Ok(Encoding::default());
        }
        let mut splits: PreTokenizedString = self
            .inner
            .get_added_vocabulary()
            .extract_and_normalize(self.inner.get_normalizer(), text);
        if let Some(pre_tokenizer) = self.inner.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut splits)?;
        }
        let limit = limit.map(|limit| (limit, self.direction));
        self.inner.get_model().tokenize_in_pretokenized(&mut splits, limit)?;
        splits.into_encoding(None, 0, offsets)
    }

    fn add_special_tokens(&self, encoding: Encoding) -> tokenizers::Result<Encoding> {
        match self.inner.get_post_processor() {
            Some(processor) => processor.process(encoding, None, true),
            None => Ok(encoding),
        }
    }
}

/// A token of bytes may have come from a part of a character only: then it stands for all of it.
fn whole_characters(text: &str, begin: usize, end: usize) -> Range<usize> {
    let (mut begin, mut end) = (begin.min(text.len()), end.min(text.len()));
    while !text.is_char_boundary(begin) {
        begin -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    begin..end
}

/// How many tokens of a text itself fit beside the special ones.
fn room(max_length: usize, special: usize) -> Result<usize> {
    max_length.checked_sub(special).ok_or_else(|| {
        Error::InvalidArgument(format!(
            "a max_length of {max_length} leaves no room for the {special} special tokens that this tokenizer puts \
             around every text; \
             ask for {special} or more"
        ))
    })
}

/// sentence-transformers' `do_lower_case`: nothing where the normalizer lowercases already, by that very step.
fn with_lowercase(
    mut inner: tokenizers::Tokenizer,
    wanted: bool,
) -> std::result::Result<tokenizers::Tokenizer, String> {
    let has_lowercase = match inner.get_normalizer() {
        Some(NormalizerWrapper::Lowercase(_)) => true,
        Some(NormalizerWrapper::Sequence(steps)) => steps
            .as_ref()
            .iter()
            .any(|step| matches!(step, NormalizerWrapper::Lowercase(_))),
        _ => false,
    };
    if wanted && !has_lowercase {
        let mut steps = vec![NormalizerWrapper::Lowercase(Lowercase)];
        steps.extend(inner.get_normalizer().cloned());
        guarded(|| inner.with_normalizer(Some(Sequence::new(steps))).map(|_| ()))?;
    }
    Ok(inner)
}

pub(super) fn failed(error: String) -> Error {
    Error::BadModel(format!(
        "the tokenizer failed on a text: {error}; its tokenizer.json is damaged or not supported"
    ))
}

/// Runs what a file can make panic inside the crate (a pattern that runs out of its limits, say) so that it only fails.
pub(super) fn guarded<T>(work: impl FnOnce() -> tokenizers::Result<T>) -> std::result::Result<T, String> {
    match crate::guard::guarded(|| Ok(work())) {
        Ok(done) => done.map_err(|e| e.to_string()),
        Err(panic) => Err(panic.to_string()),
    }
}
