//! What people do with a model; each task is one file. What is done with vectors, [`similarity`], needs no model.

pub mod classify;
pub mod embed;
pub mod embed_tokens;
pub mod entailment;
mod options;
pub mod pairs;
mod pictures;
pub mod similarity;
mod templates;
mod tokens;
pub mod zero_shot;

pub use options::TaskOptions;
