//! The transformer's layer as its paper has it (<https://arxiv.org/abs/1706.03762>): attention, then a feed-forward network,
//! each added to what it read and normalised after that.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::{at, attend, dropout, layer_norm, linear, Activation, AttentionMask};
use crate::error::{Error, Result};

/// What a family calls the weights of a layer; a dot leads one level down.
pub struct LayerNames {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub attention_output: &'static str,
    pub attention_norm: &'static str,
    pub intermediate: &'static str,
    pub output: &'static str,
    pub output_norm: &'static str,
}

#[derive(Clone, Copy)]
pub struct LayerShape<'a> {
    pub hidden_size: i64,
    pub heads: i64,
    pub intermediate_size: i64,
    pub activation: &'a str,
    pub eps: f64,
    /// Dropout of the attention's weights, of what attention gives, of what the activation gives, and of what the feed-forward
    /// network gives.
    pub attention_dropout: f64,
    pub attention_output_dropout: f64,
    pub activated_dropout: f64,
    pub output_dropout: f64,
}

pub struct PostNormLayer {
    pub(super) query: nn::Linear,
    pub(super) key: nn::Linear,
    pub(super) value: nn::Linear,
    attention_output: nn::Linear,
    attention_norm: nn::LayerNorm,
    intermediate: nn::Linear,
    output: nn::Linear,
    output_norm: nn::LayerNorm,
    pub(super) heads: i64,
    activation: Activation,
    pub(super) attention_dropout: f64,
    attention_output_dropout: f64,
    activated_dropout: f64,
    output_dropout: f64,
}

impl PostNormLayer {
    pub fn new(path: &Path, names: &LayerNames, shape: &LayerShape) -> Result<Self> {
        let (hidden, intermediate) = (shape.hidden_size, shape.intermediate_size);
        if hidden % shape.heads != 0 {
            return Err(Error::BadModel(format!(
                "config.json: the hidden size of {hidden} is not a multiple of the {} attention heads",
                shape.heads
            )));
        }
        let square = |name: &str| linear(at(path, name), hidden, hidden, true);
        let norm = |name: &str| layer_norm(at(path, name), hidden, shape.eps);
        Ok(PostNormLayer {
            query: square(names.query),
            key: square(names.key),
            value: square(names.value),
            attention_output: square(names.attention_output),
            attention_norm: norm(names.attention_norm),
            intermediate: linear(at(path, names.intermediate), hidden, intermediate, true),
            output: linear(at(path, names.output), intermediate, hidden, true),
            output_norm: norm(names.output_norm),
            heads: shape.heads,
            activation: Activation::by_name(shape.activation)?,
            attention_dropout: shape.attention_dropout,
            attention_output_dropout: shape.attention_output_dropout,
            activated_dropout: shape.activated_dropout,
            output_dropout: shape.output_dropout,
        })
    }

    pub fn forward(&self, hidden: &Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        let attended = attend(
            &self.query.forward(hidden),
            &self.key.forward(hidden),
            &self.value.forward(hidden),
            self.heads,
            mask,
            if train { self.attention_dropout } else { 0. },
        );
        self.after_attention(&attended, hidden, train)
    }

    /// What the layer makes of what attention found.
    pub(super) fn after_attention(&self, attended: &Tensor, hidden: &Tensor, train: bool) -> Tensor {
        let attended = self.attention_output.forward(attended);
        let attended = dropout(attended, self.attention_output_dropout, train);
        let hidden = self.attention_norm.forward(&(attended + hidden));
        let activated = self.activation.apply(&self.intermediate.forward(&hidden));
        let activated = dropout(activated, self.activated_dropout, train);
        let output = dropout(self.output.forward(&activated), self.output_dropout, train);
        self.output_norm.forward(&(output + hidden))
    }
}
