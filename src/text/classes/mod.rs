//! The tokenizer classes of `transformers` 5.17, each as what its constructor makes: a `tokenizer.json`.
//!
//! A class takes from a checkpoint its vocabulary and builds all else anew from `tokenizer_config.json`. So it does
//! even where there is a `tokenizer.json`: of that, a class here uses the vocabulary, the side of truncation and
//! what [`Init`] lists, and nothing else. `TokenizersBackend` (once `PreTrainedTokenizerFast`) runs `tokenizer.json` as
//! it is. So does, here, every class that is in neither table: some of those (T5's, Qwen's) are rebuilt by
//! `transformers`, too, which comes to the same where the class itself saved the file.

mod albert;
pub mod backend;
mod bert;
mod byte_level;
mod camembert;
mod clip;
mod deberta_v2;
mod gemma;
mod gpt2;
mod llama;
mod mpnet;
mod roberta;
mod sentencepiece;
mod siglip;
mod special;
mod word_piece;
mod xlm_roberta;

use serde_json::{Map, Value};

use super::added::malformed;
use crate::error::{Error, Result};

pub use special::{Parts, SpecialTokens};

/// The table: a class is a file and a line here.
const CLASSES: &[&Class] = &[
    &bert::CLASS,
    &mpnet::CLASS,
    &roberta::CLASS,
    &gpt2::CLASS,
    &xlm_roberta::CLASS,
    &camembert::CLASS,
    &albert::CLASS,
    &deberta_v2::CLASS,
    &llama::CLASS,
    &clip::CLASS,
    &gemma::CLASS,
    &gemma::SIGLIP2,
    &siglip::CLASS,
];

/// The classes that `transformers` 5.17 runs in Python, whatever `tokenizer.json` says: those of its modules that descend
/// from `PreTrainedTokenizer` or `SentencePieceBackend` and not from `TokenizersBackend`.
const IN_PYTHON: &str = "Bartpho BertGeneration BertJapanese Bertweet BioGpt BlenderbotSmall ByT5 CTRL Canine Clvp Cpm CpmAnt \
    Dia Esm FSMT FastSpeech2Conformer Flaubert GPTNeoXJapanese GPTSw3 M2M100 Marian Mgpstr MyT5 PLBart Perceiver Phobert \
    ProphetNet RoCBert Speech2Text SpeechT5 Tapas Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC XLM";

/// What stands for every class that runs a `tokenizer.json` as it is.
pub const BACKEND: &str = "TokenizersBackend";

/// The kind of model of a class that reads no `tokenizer.json`.
pub const FILES_ONLY: &str = "SentencePiece";

/// The model types for which `transformers` believes no other class that a checkpoint names.
const ALWAYS_BACKEND: [&str; 3] = ["modernbert", "nystromformer", "xlm-roberta-xl"];

/// One class of tokenizers.
pub struct Class {
    /// What `transformers` calls it, aliases included; each may have "Fast" behind it.
    pub names: &'static [&'static str],
    /// The `model_type`s whose checkpoints have this class unless they say otherwise.
    pub model_types: &'static [&'static str],
    /// The kind of model inside, as `model.type` of a `tokenizer.json` names it.
    pub model: &'static str,
    /// The files it reads where there is no `tokenizer.json`, for messages.
    pub files: &'static str,
    /// Reads them; `None` if they are not there.
    pub read: fn(&Read) -> Result<Option<Vocab>>,
    pub build: fn(Vocab, &Init) -> Result<Value>,
}

/// A file of the checkpoint by its name; `None` if there is none.
pub type Read<'a> = dyn Fn(&str) -> Result<Option<Vec<u8>>> + 'a;

/// Pairs of tokens, the one to merge first being the first.
pub type Merges = Vec<(String, String)>;

/// Pieces with their scores.
pub type Pieces = Vec<(String, f64)>;

/// What a class takes out of a checkpoint's files.
pub enum Vocab {
    /// Token → id.
    WordPiece(Map<String, Value>),
    /// Token → id, and the pairs to merge, the first ones first.
    Bpe { vocab: Map<String, Value>, merges: Merges },
    /// The pieces with their scores, in the order of their ids, and SentencePiece's normalisation, in base64.
    Unigram { pieces: Pieces, charsmap: Option<String> },
    /// The file of a SentencePiece model.
    SentencePiece(Vec<u8>),
}

impl Vocab {
    pub fn word_piece(self) -> Result<Map<String, Value>> {
        match self {
            Vocab::WordPiece(vocab) => Ok(vocab),
            _ => Err(another_kind()),
        }
    }

    pub fn bpe(self) -> Result<(Map<String, Value>, Merges)> {
        match self {
            Vocab::Bpe { vocab, merges } => Ok((vocab, merges)),
            _ => Err(another_kind()),
        }
    }

    pub fn unigram(self) -> Result<(Pieces, Option<String>)> {
        match self {
            Vocab::Unigram { pieces, charsmap } => Ok((pieces, charsmap)),
            _ => Err(another_kind()),
        }
    }
}

fn another_kind() -> Error {
    Error::Internal("a tokenizer class was given the vocabulary of another kind of model".into())
}

/// What a class' constructor is given besides the vocabulary.
pub struct Init<'a> {
    /// `tokenizer_config.json` with its companions, its `added_tokens_decoder` complete.
    pub config: &'a Map<String, Value>,
    /// The `tokenizer.json` that the vocabulary comes from; `None` if other files hold it.
    pub json: Option<&'a Map<String, Value>>,
}

impl Init<'_> {
    /// A switch of the config.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.config.get(name) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| malformed(name)),
        }
    }

    /// A field of the old `tokenizer.json`; null if it is not there.
    pub fn old(&self, field: &str) -> Value {
        self.json.and_then(|json| json.get(field)).cloned().unwrap_or_default()
    }
}

/// The class that `transformers` would choose for a checkpoint whose configs name `named`.
pub fn choose<'a>(model_type: Option<&str>, named: Option<&'a str>) -> &'a str {
    let model_type = model_type.unwrap_or_default();
    let usual = || CLASSES.iter().find(|class| class.model_types.contains(&model_type));
    match named {
        _ if ALWAYS_BACKEND.contains(&model_type) => BACKEND,
        Some(named) => named,
        None => usual().and_then(|class| class.names.first()).unwrap_or(&BACKEND),
    }
}

/// Whether the class has `token_type_ids` among its `model_input_names`, as `transformers` 5.17 has them: BERT's under each
/// of its names but one, and DeBERTa's.
pub fn gives_type_ids(name: &str) -> bool {
    let stem = name.strip_suffix("Fast").unwrap_or(name);
    let mut giving = bert::CLASS.names.iter().chain(deberta_v2::CLASS.names);
    giving.any(|known| *known == stem) && stem != "DistilBertTokenizer"
}

/// Whether no `tokenizer.json` says all that the class does.
pub fn runs_in_python(name: &str) -> bool {
    let stem = name.strip_suffix("Tokenizer");
    name == "CpmTokenizerFast" || IN_PYTHON.split_whitespace().any(|class| stem == Some(class))
}

/// The class of that name, with or without "Fast"; `None` for one that runs `tokenizer.json` as it is.
pub fn by_name(name: &str) -> Option<&'static Class> {
    let name = name.strip_suffix("Fast").unwrap_or(name);
    CLASSES.iter().find(|class| class.names.contains(&name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_class_and_no_model_type_stands_twice() {
        for (place, class) in CLASSES.iter().enumerate() {
            for other in CLASSES.iter().skip(place + 1) {
                assert!(class.names.iter().all(|name| !other.names.contains(name)));
                assert!(class.model_types.iter().all(|kind| !other.model_types.contains(kind)));
            }
        }
    }

    #[test]
    fn the_named_class_wins_except_where_transformers_knows_better() {
        assert_eq!(choose(Some("roberta"), None), "RobertaTokenizer");
        assert_eq!(choose(Some("mobilebert"), None), "BertTokenizer");
        assert_eq!(choose(Some("mpnet"), Some("BertTokenizerFast")), "BertTokenizerFast");
        assert_eq!(choose(Some("modernbert"), Some("BertTokenizerFast")), BACKEND);
        assert_eq!(choose(Some("modernbert"), None), BACKEND);
        assert_eq!(choose(None, None), BACKEND);
        let found = |name| by_name(name).and_then(|class| class.names.first().copied());
        assert_eq!(found("ElectraTokenizerFast"), Some("BertTokenizer"));
        assert_eq!(found("PreTrainedTokenizerFast"), None);
        assert_eq!(found(BACKEND), None);
    }
}
