//! The block of ConvNeXt (<https://arxiv.org/abs/2201.03545>) and of its second version (<https://arxiv.org/abs/2301.00808>): a
//! depthwise convolution, then a feed-forward network over each pixel's channels.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::{at, drop_path, layer_norm, Activation, ResponseNorm, INIT};

/// What a family calls the parts; a dot leads one level down.
pub struct ConvNeXtBlockNames {
    pub depthwise: &'static str,
    pub norm: &'static str,
    pub fc1: &'static str,
    pub response_norm: &'static str,
    pub fc2: &'static str,
    pub scale: &'static str,
}

#[derive(Clone, Copy)]
pub struct ConvNeXtBlockShape {
    pub channels: i64,
    /// Of the depthwise convolution.
    pub kernel: i64,
    pub activation: Activation,
    pub eps: f64,
    /// The axes of 1 behind those of the products' weights: two, where they are stored as convolutions.
    pub product_axes: &'static [i64],
    /// The axes of 1 before the channels in the response norm's weights; `None`: there is no such norm.
    pub response_axes: Option<&'static [i64]>,
    /// Whether each channel of the result has a factor.
    pub scaled: bool,
    pub drop_path: f64,
}

pub struct ConvNeXtBlock {
    depthwise: nn::Conv2D,
    norm: nn::LayerNorm,
    fc1: Product,
    response_norm: Option<ResponseNorm>,
    fc2: Product,
    scale: Option<Tensor>,
    activation: Activation,
    drop_path: f64,
}

/// How much wider the feed-forward network is inside.
pub const EXPANSION: i64 = 4;

impl ConvNeXtBlock {
    pub fn new(path: &Path, names: &ConvNeXtBlockNames, shape: ConvNeXtBlockShape) -> Self {
        let channels = shape.channels;
        let wide = EXPANSION * channels;
        let depthwise = nn::ConvConfig {
            padding: shape.kernel / 2,
            groups: channels,
            ..Default::default()
        };
        let product = |name, inputs, outputs| Product::new(at(path, name), inputs, outputs, shape.product_axes);
        let response_norm = |axes: &[i64]| ResponseNorm::new(at(path, names.response_norm), &[axes, &[wide]].concat());
        ConvNeXtBlock {
            depthwise: nn::conv2d(at(path, names.depthwise), channels, channels, shape.kernel, depthwise),
            norm: layer_norm(at(path, names.norm), channels, shape.eps),
            fc1: product(names.fc1, channels, wide),
            response_norm: shape.response_axes.map(response_norm),
            fc2: product(names.fc2, wide, channels),
            scale: shape
                .scaled
                .then(|| path.var(names.scale, &[channels], Init::Const(1e-6))),
            activation: shape.activation,
            drop_path: shape.drop_path,
        }
    }

    /// (batch, channels, height, width) → the same.
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let pixels = self.depthwise.forward(x).permute([0, 2, 3, 1]);
        let mut wide = self.activation.apply(&self.fc1.forward(&self.norm.forward(&pixels)));
        if let Some(norm) = &self.response_norm {
            wide = norm.forward(&wide);
        }
        let mut residual = self.fc2.forward(&wide);
        if let Some(scale) = &self.scale {
            residual *= scale;
        }
        drop_path(residual.permute([0, 3, 1, 2]), self.drop_path, train) + x
    }
}

/// A product over channels, which may be stored as the convolution of 1×1 that it is.
struct Product {
    weight: Tensor,
    bias: Tensor,
}

impl Product {
    fn new(path: Path, inputs: i64, outputs: i64, axes: &[i64]) -> Self {
        Product {
            weight: path.var("weight", &[&[outputs, inputs], axes].concat(), INIT),
            bias: path.var("bias", &[outputs], Init::Const(0.)),
        }
    }

    /// (…, inputs) → (…, outputs).
    fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight.flatten(1, -1), Some(&self.bias))
    }
}
