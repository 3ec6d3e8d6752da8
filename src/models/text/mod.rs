//! Families of text encoders, one file each, by `transformers`' names.

mod albert;
mod bart;
mod bert;
mod deberta_v2;
mod distilbert;
mod electra;
mod encoder;
mod modernbert;
mod mpnet;
mod nomic_bert;
mod roberta;

use super::family::{Build, Family};
use super::{blocks, labels, Config, Facts, TextClassifier, TextEncoder, TextInput, WeightNames};

pub const FAMILIES: &[Family] = &[
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
    bart::FAMILY,
];
