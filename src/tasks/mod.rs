//! What people do with a model; each task is one file.

pub mod embed;
