//! What the architectures share. Blocks are free of shapes, so that one trace serves every batch and length.

mod activation;
mod attention;
mod convolution;
mod disentangled;
mod embeddings;
mod encoder;
mod gated_layer;
mod layers;
mod norm;
mod post_norm;
mod relative;
mod rotary;

pub use activation::Activation;
pub use attention::{attend, AttentionMask};
pub use convolution::Convolution;
pub use disentangled::{DisentangledLayer, RelativeTable, Terms};
pub use embeddings::{Embeddings, EmbeddingsShape, Positions};
pub use encoder::{encoders_only, Encoder, EncoderShape};
pub use gated_layer::{Gate, GatedLayer, Norms};
pub use layers::{at, dropout, embedding, layer_norm, linear, positions, without_padding};
pub use norm::Norm;
pub use post_norm::{LayerNames, LayerShape, PostNormLayer};
pub use relative::RelativeBias;
pub use rotary::{rope_theta, rotary_head, Rotation};
