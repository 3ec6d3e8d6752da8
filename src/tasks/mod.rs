//! What people do with a model; each task is one file.

pub mod classify;
pub mod embed;
pub mod entailment;
mod options;
pub mod pairs;
mod pictures;
mod tokens;
pub mod zero_shot;

pub use options::TaskOptions;
