//! What people do with a model; each task is one file.

pub mod classify;
pub mod embed;
mod options;
mod pictures;
pub mod zero_shot;

pub use options::TaskOptions;
