//! The architectures, each written once, plainly, with its weights named as checkpoints name them.
//!
//! A definition trains (`train` turns dropout on) and traces; it knows nothing of files, threads or speed. A new family is
//! one file over the shared [`blocks`] and one line in `FAMILIES`.

mod albert;
mod bert;
pub mod blocks;
mod config;
mod deberta_v2;
mod distilbert;
mod electra;
mod modernbert;
mod mpnet;
mod names;
mod nomic_bert;
mod roberta;
pub mod sentence;

pub use config::Config;
pub use names::WeightNames;

use tch::nn::Path;
use tch::Tensor;

use crate::error::{Error, Result};

/// Every family, by the `model_type` of `config.json`.
const FAMILIES: &[Family] = &[
    bert::FAMILY,
    roberta::ROBERTA,
    roberta::XLM_ROBERTA,
    roberta::CAMEMBERT,
    distilbert::FAMILY,
    mpnet::FAMILY,
    electra::FAMILY,
    albert::FAMILY,
    deberta_v2::FAMILY,
    modernbert::FAMILY,
    nomic_bert::FAMILY,
];

/// One architecture: how it is built, and how its checkpoints name their weights.
pub struct Family {
    pub model_type: &'static str,
    pub build: fn(&Path, &Config) -> Result<Box<dyn TextEncoder>>,
    pub names: WeightNames,
}

/// What a text encoder reads; all are (batch, tokens) of int64.
pub struct TextInput<'a> {
    pub ids: &'a Tensor,
    /// 1 for a token, 0 for padding; `None` where no row has padding.
    pub mask: Option<&'a Tensor>,
    pub type_ids: Option<&'a Tensor>,
}

/// What callers have to know of an encoder.
pub struct Facts {
    pub hidden_size: i64,
    pub vocab_size: i64,
    /// The most tokens a text may have, special ones included; `None`: any number.
    pub max_tokens: Option<i64>,
    pub pad_token_id: i64,
    /// How many types of tokens it tells apart; `None`: it takes no type ids.
    pub types: Option<i64>,
}

/// An encoder of texts.
pub trait TextEncoder {
    fn facts(&self) -> &Facts;

    fn hidden_size(&self) -> i64 {
        self.facts().hidden_size
    }

    fn vocab_size(&self) -> i64 {
        self.facts().vocab_size
    }

    fn max_tokens(&self) -> Option<i64> {
        self.facts().max_tokens
    }

    fn pad_token_id(&self) -> i64 {
        self.facts().pad_token_id
    }

    fn type_vocab_size(&self) -> Option<i64> {
        self.facts().types
    }

    /// The last hidden states: (batch, tokens, hidden size).
    fn forward(&self, input: &TextInput, train: bool) -> Tensor;
}

/// The family a configuration names.
pub fn family(config: &Config) -> Result<&'static Family> {
    let model_type = config.model_type()?;
    FAMILIES.iter().find(|f| f.model_type == model_type).ok_or_else(|| {
        let known: Vec<_> = FAMILIES.iter().map(|f| f.model_type).collect();
        Error::Unsupported(format!(
            "config.json: the model_type {model_type:?} is not known; this version knows: {}",
            known.join(", ")
        ))
    })
}
