//! Squeeze-and-excitation (<https://arxiv.org/abs/1709.01507>): each channel is weighed by what all channels hold on average.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::{at, Activation};

/// What a family calls the two products; a dot leads one level down.
pub struct SqueezeExciteNames {
    pub reduce: &'static str,
    pub expand: &'static str,
}

#[derive(Clone, Copy)]
pub struct SqueezeExciteShape {
    pub names: &'static SqueezeExciteNames,
    /// Between the two products.
    pub channels: i64,
    pub activation: Activation,
    /// What makes weights of the second product's values.
    pub gate: fn(&Tensor) -> Tensor,
}

pub struct SqueezeExcite {
    reduce: nn::Conv2D,
    expand: nn::Conv2D,
    shape: SqueezeExciteShape,
}

impl SqueezeExcite {
    pub fn new(path: &Path, channels: i64, shape: SqueezeExciteShape) -> Self {
        let product = |name: &str, inputs, outputs| nn::conv2d(at(path, name), inputs, outputs, 1, Default::default());
        SqueezeExcite {
            reduce: product(shape.names.reduce, channels, shape.channels),
            expand: product(shape.names.expand, shape.channels, channels),
            shape,
        }
    }

    /// (batch, channels, height, width) → the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let squeezed = x.mean_dim([2, 3].as_slice(), true, None);
        let activated = self.shape.activation.apply(&self.reduce.forward(&squeezed));
        x * (self.shape.gate)(&self.expand.forward(&activated))
    }
}
