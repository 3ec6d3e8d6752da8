//! A convolution over neighbouring tokens, added to what a layer gives: DeBERTa-v2's larger models have one beside their first
//! layer ("nGiE", <https://github.com/microsoft/DeBERTa>).

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::{dropout, layer_norm, without_padding, Activation, LayerShape};
use crate::error::Result;
use crate::models::config::Config;

pub struct Convolution {
    conv: nn::Conv1D,
    norm: nn::LayerNorm,
    activation: Activation,
    dropout: f64,
}

impl Convolution {
    /// Beside a layer of this shape; `None` where config.json wants none.
    pub fn read(path: &Path, layer: &LayerShape, config: &Config) -> Result<Option<Self>> {
        let size = layer.hidden_size;
        let (kernel, groups) = (
            config.integer("conv_kernel_size", 0)?,
            config.size("conv_groups", Some(1))?,
        );
        if kernel < 1 {
            return Ok(None);
        }
        if kernel % 2 == 0 {
            return Err(config.wrong("conv_kernel_size", "an odd number"));
        }
        if size % groups != 0 {
            return Err(config.wrong("conv_groups", "a divisor of hidden_size"));
        }
        config.affords(&[&[size, size / groups, kernel]])?;
        let padded = nn::ConvConfig {
            padding: (kernel - 1) / 2,
            groups,
            ..Default::default()
        };
        Ok(Some(Convolution {
            conv: nn::conv1d(path / "conv", size, size, kernel, padded),
            norm: layer_norm(path / "LayerNorm", size, layer.eps),
            activation: Activation::by_name(config.string("conv_act", Some("tanh"))?)?,
            dropout: layer.output_dropout,
        }))
    }

    /// Of what the layer read and what it gave.
    pub fn forward(&self, read: &Tensor, gave: &Tensor, tokens: Option<&Tensor>, train: bool) -> Tensor {
        let seen = self.conv.forward(&read.transpose(1, 2)).transpose(1, 2);
        let seen = dropout(without_padding(seen, tokens), self.dropout, train);
        without_padding(self.norm.forward(&(gave + self.activation.apply(&seen))), tokens)
    }
}
