//! What the architectures share. Blocks are free of shapes, so that one trace serves every batch and length.

mod activation;
mod attention;
mod attention_pooling;
mod batch_norm;
mod classification_head;
mod conv_norm;
mod convnext_block;
mod convolution;
mod decoder_layer;
mod disentangled;
mod embeddings;
mod gated_layer;
mod inverted_residual;
mod layers;
mod norm;
mod padding;
mod patches;
mod post_norm;
mod pre_norm;
mod relative;
mod resnet_block;
mod response_norm;
mod rotary;
mod round_channels;
mod squeeze_excite;
mod windows;

pub use activation::Activation;
pub use attention::{attend, AttentionMask};
pub use attention_pooling::{AttentionPooling, TIMM_POOLING};
pub use batch_norm::BatchNorm;
pub use classification_head::{classifier_dropout, ClassificationHead, HeadNorm, HeadPooling, HeadShape};
pub use conv_norm::{ConvNorm, ConvNormNames, ConvNormShape};
pub use convnext_block::{ConvNeXtBlock, ConvNeXtBlockNames, ConvNeXtBlockShape, EXPANSION};
pub use convolution::Convolution;
pub use decoder_layer::{AttentionNames, DecoderLayer, DecoderNames};
pub use disentangled::{DisentangledLayer, RelativeTable, Terms};
pub use embeddings::{Embeddings, EmbeddingsShape, Positions};
pub use gated_layer::{Gate, GatedLayer, Norms};
pub use inverted_residual::{InvertedResidual, InvertedResidualNames, InvertedResidualShape};
pub use layers::{
    at, drop_path, dropout, embedding, layer_norm, linear, parameter, positions, rising, without_padding, INIT,
};
pub use norm::Norm;
pub use padding::Padding;
pub use patches::{GridPositions, PatchEmbedding};
pub use post_norm::{LayerNames, LayerShape, PostNormLayer};
pub use pre_norm::{PreNormLayer, PreNormNames, PreNormShape, Qkv};
pub use relative::RelativeBias;
pub use resnet_block::{resnet_convolution, ResNetBlock, ResNetBlockNames, ResNetBlockShape};
pub use response_norm::ResponseNorm;
pub use rotary::{rope_theta, rotary_head, Rotation};
pub use round_channels::round_channels;
pub use squeeze_excite::{SqueezeExcite, SqueezeExciteNames, SqueezeExciteShape};
pub use windows::{WindowRules, Windows};
