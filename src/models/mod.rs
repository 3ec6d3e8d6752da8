//! The architectures, each written once, plainly, with its weights named as checkpoints name them.
//!
//! A definition trains (`train` turns dropout on) and traces; it knows nothing of files, threads or speed. A new family is
//! one file in [`text`], [`vision`] or [`dual`] over the shared [`blocks`], and a line in that folder's list.

mod architecture;
pub mod blocks;
mod config;
pub mod dual;
mod dual_encoder;
mod family;
mod image_encoder;
mod labels;
mod names;
pub mod sentence;
pub mod text;
mod text_classifier;
mod text_encoder;
pub mod vision;

pub use architecture::Architecture;
pub use config::{Config, Stored};
pub use dual_encoder::{DualEncoder, Scores, Scoring, TextTower};
pub use family::Definition;
pub use image_encoder::{ImageEncoder, ImageFacts, Sizes};
pub use names::{must_be_stored, WeightNames};
pub use text_classifier::{HeadedEncoder, TextClassifier};
pub use text_encoder::{Facts, TextEncoder, TextInput};
