//! The architectures, each written once, plainly, with its weights named as checkpoints name them.
//!
//! A definition trains (`train` turns dropout on) and traces; it knows nothing of files, threads or speed. A new family is
//! one file over the shared [`blocks`] and one line in `FAMILIES`.

mod bert;
pub mod blocks;
mod config;
mod names;
pub mod sentence;

pub use config::Config;
pub use names::WeightNames;

use tch::nn::Path;
use tch::Tensor;

use crate::error::{Error, Result};

/// Every family, by the `model_type` of `config.json`.
const FAMILIES: &[Family] = &[bert::FAMILY];

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

/// An encoder of texts.
pub trait TextEncoder {
    fn hidden_size(&self) -> i64;
    fn vocab_size(&self) -> i64;
    /// The most tokens a text may have, special ones included; `None`: any number.
    fn max_tokens(&self) -> Option<i64>;
    fn pad_token_id(&self) -> i64;
    /// How many types of tokens it tells apart; `None`: it takes no type ids.
    fn type_vocab_size(&self) -> Option<i64>;
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
