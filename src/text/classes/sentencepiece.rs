//! What the classes over SentencePiece models share.

use serde_json::{json, Map, Value};

use super::super::sentencepiece::SentencePiece;
use super::{byte_level, Init, Merges, Read, SpecialTokens, Vocab};
use crate::error::{Error, Result};

/// A Unigram vocabulary, out of a SentencePiece model or a `tokenizer.json`.
pub struct Unigram {
    pub pieces: Vec<(String, f64)>,
    /// SentencePiece's normalization, in base64.
    pub charsmap: Option<String>,
    /// What only a SentencePiece model says.
    pub model: Option<ModelOnly>,
}

pub struct ModelOnly {
    /// Whether the pieces were learned for Unigram.
    pub unigram: bool,
    pub unk_id: i32,
    added_tokens: Vec<Value>,
}

impl Unigram {
    pub fn new(vocab: Vocab) -> Result<Self> {
        let bytes = match vocab {
            Vocab::SentencePiece(bytes) => bytes,
            vocab => {
                let (pieces, charsmap) = vocab.unigram()?;
                return Ok(Self {
                    pieces,
                    charsmap,
                    model: None,
                });
            }
        };
        let model = SentencePiece::parse(&bytes)?;
        Ok(Self {
            pieces: model.scores(),
            charsmap: model.charsmap()?,
            model: Some(ModelOnly {
                unigram: model.unigram,
                unk_id: model.unk.0,
                added_tokens: model.added_tokens(),
            }),
        })
    }

    /// The config with the tokens that the model adds. If it names extra tokens itself, those stand instead.
    pub fn config(&self, init: &Init) -> Map<String, Value> {
        let added = self.model.as_ref().map(|model| model.added_tokens.clone());
        with_added_tokens(init.config, added)
    }

    /// The pieces as `vocab` of a `tokenizer.json`.
    pub fn vocab(&self) -> Value {
        json!(self.pieces)
    }

    /// `Precompiled`; null if there is no normalization.
    pub fn precompiled(&self) -> Value {
        precompiled(self.charsmap.as_deref())
    }
}

/// The tokens and merges of a BPE vocabulary, and the config with the tokens that a SentencePiece model adds.
pub fn bpe(vocab: Vocab, init: &Init) -> Result<(Value, Merges, Map<String, Value>)> {
    let (vocab, merges, added) = match vocab {
        Vocab::SentencePiece(bytes) => {
            let model = SentencePiece::parse(&bytes)?;
            let (vocab, merges) = model.vocab_and_merges()?;
            (vocab, merges, Some(model.added_tokens()))
        }
        vocab => {
            let (vocab, merges) = vocab.bpe()?;
            (vocab, merges, None)
        }
    };
    let vocab = Value::Object(vocab);
    byte_level::check_merges(&vocab, &merges)?;
    Ok((vocab, merges, with_added_tokens(init.config, added)))
}

pub fn with_added_tokens(config: &Map<String, Value>, added: Option<Vec<Value>>) -> Map<String, Value> {
    let mut config = config.clone();
    if let Some(added) = added {
        config.insert("additional_special_tokens".into(), added.into());
    }
    config
}

pub fn precompiled(charsmap: Option<&str>) -> Value {
    match charsmap {
        Some(charsmap) => json!({"type": "Precompiled", "precompiled_charsmap": charsmap}),
        None => Value::Null,
    }
}

/// The normalizers that are not null, one after the other.
pub fn normalizers(steps: Vec<Value>) -> Value {
    let steps: Vec<_> = steps.into_iter().filter(|step| !step.is_null()).collect();
    json!({"type": "Sequence", "normalizers": steps})
}

/// Spaces become `▁`, of which one is put before the text by `prepend_scheme`.
pub fn metaspace(prepend_scheme: &str, split: bool) -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": prepend_scheme, "split": split})
}

/// Words at white space, each with `▁` before it unless `add_prefix_space` is false.
pub fn words(init: &Init) -> Result<Value> {
    let prepend_scheme = match init.flag("add_prefix_space", true)? {
        true => "always",
        false => "never",
    };
    let steps = [json!({"type": "WhitespaceSplit"}), metaspace(prepend_scheme, true)];
    Ok(json!({"type": "Sequence", "pretokenizers": steps}))
}

pub fn unigram_model(vocab: Value, unk_id: usize) -> Value {
    json!({"type": "Unigram", "unk_id": unk_id, "vocab": vocab, "byte_fallback": false})
}

/// The names of special tokens, as the config or `defaults` have them.
pub fn names<const N: usize>(
    config: &Map<String, Value>,
    defaults: &[(&str, Value)],
    roles: [&str; N],
) -> Result<[String; N]> {
    let tokens = SpecialTokens::new(&Value::Null, config, defaults)?;
    let mut names = [const { String::new() }; N];
    for (name, role) in names.iter_mut().zip(roles) {
        *name = tokens.get(role)?.0;
    }
    Ok(names)
}

/// The SentencePiece model of a checkpoint. Whatever the class calls it, `transformers` prefers `tokenizer.model`.
pub fn read(read: &Read, name: &str) -> Result<Option<Vocab>> {
    let bytes = match read("tokenizer.model")? {
        Some(bytes) => Some(bytes),
        None => read(name)?,
    };
    Ok(bytes.map(Vocab::SentencePiece))
}

pub fn not_unigram(file: &str) -> Error {
    Error::Unsupported(format!(
        "{file} is a BPE model, which transformers does not load for this tokenizer class"
    ))
}
