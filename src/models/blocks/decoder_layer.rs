//! A decoder's layer as the transformer's paper has it (<https://arxiv.org/abs/1706.03762>): attention to the tokens before,
//! attention to the encoder's, then a feed-forward network, each added to what it read and normalised after that.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::{at, attend, dropout, layer_norm, linear, Activation, AttentionMask, LayerShape};
use crate::error::{Error, Result};

/// What a family calls the weights of an attention; a dot leads one level down.
pub struct AttentionNames {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub output: &'static str,
    pub norm: &'static str,
}

/// What a family calls the weights of a layer.
pub struct DecoderNames {
    pub own: AttentionNames,
    pub encoder: AttentionNames,
    pub intermediate: &'static str,
    pub output: &'static str,
    pub output_norm: &'static str,
}

pub struct DecoderLayer {
    own: Attention,
    encoder: Attention,
    intermediate: nn::Linear,
    output: nn::Linear,
    output_norm: nn::LayerNorm,
    activation: Activation,
    activated_dropout: f64,
    output_dropout: f64,
}

impl DecoderLayer {
    pub fn new(path: &Path, names: &DecoderNames, shape: &LayerShape) -> Result<Self> {
        let (hidden, intermediate) = (shape.hidden_size, shape.intermediate_size);
        if hidden % shape.heads != 0 {
            return Err(Error::BadModel(format!(
                "config.json: the hidden size of {hidden} is not a multiple of the decoder's {} attention heads",
                shape.heads
            )));
        }
        Ok(DecoderLayer {
            own: Attention::new(path, &names.own, shape),
            encoder: Attention::new(path, &names.encoder, shape),
            intermediate: linear(at(path, names.intermediate), hidden, intermediate, true),
            output: linear(at(path, names.output), intermediate, hidden, true),
            output_norm: layer_norm(at(path, names.output_norm), hidden, shape.eps),
            activation: Activation::by_name(shape.activation)?,
            activated_dropout: shape.activated_dropout,
            output_dropout: shape.output_dropout,
        })
    }

    /// `causal`: which of the decoder's own tokens may be attended to; `mask`: which of the encoder's, whose states are `encoded`.
    pub fn forward(
        &self,
        hidden: &Tensor,
        causal: &AttentionMask,
        encoded: &Tensor,
        mask: &AttentionMask,
        train: bool,
    ) -> Tensor {
        let hidden = self.own.forward(hidden, hidden, causal, train);
        let hidden = self.encoder.forward(&hidden, encoded, mask, train);
        let activated = self.activation.apply(&self.intermediate.forward(&hidden));
        let activated = dropout(activated, self.activated_dropout, train);
        let output = dropout(self.output.forward(&activated), self.output_dropout, train);
        self.output_norm.forward(&(output + hidden))
    }
}

/// Attention with its residual and norm.
struct Attention {
    query: nn::Linear,
    key: nn::Linear,
    value: nn::Linear,
    output: nn::Linear,
    norm: nn::LayerNorm,
    heads: i64,
    dropout: f64,
    output_dropout: f64,
}

impl Attention {
    fn new(path: &Path, names: &AttentionNames, shape: &LayerShape) -> Self {
        let square = |name: &str| linear(at(path, name), shape.hidden_size, shape.hidden_size, true);
        Attention {
            query: square(names.query),
            key: square(names.key),
            value: square(names.value),
            output: square(names.output),
            norm: layer_norm(at(path, names.norm), shape.hidden_size, shape.eps),
            heads: shape.heads,
            dropout: shape.attention_dropout,
            output_dropout: shape.attention_output_dropout,
        }
    }

    fn forward(&self, hidden: &Tensor, source: &Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        let attended = attend(
            &self.query.forward(hidden),
            &self.key.forward(source),
            &self.value.forward(source),
            self.heads,
            mask,
            if train { self.dropout } else { 0. },
        );
        let attended = dropout(self.output.forward(&attended), self.output_dropout, train);
        self.norm.forward(&(attended + hidden))
    }
}
