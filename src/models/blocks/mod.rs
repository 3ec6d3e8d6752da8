//! What the architectures share. Blocks are free of shapes, so that one trace serves every batch and length.

mod activation;
mod attention;
mod layers;

pub use activation::Activation;
pub use attention::{attend, AttentionMask};
pub use layers::{dropout, embedding, layer_norm, linear, positions};
