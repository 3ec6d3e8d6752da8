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
mod text_encoder;

pub use config::Config;
pub use names::WeightNames;
pub use text_encoder::{Facts, TextEncoder, TextInput};

use tch::nn::Path;

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
