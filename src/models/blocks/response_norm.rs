//! Global response normalisation of ConvNeXt V2 (<https://arxiv.org/abs/2301.00808>): channels compete by how much each holds over
//! the whole picture.

use tch::nn::{Init, Path};
use tch::Tensor;

/// As the reference implementations have it.
const EPS: f64 = 1e-6;

pub struct ResponseNorm {
    weight: Tensor,
    bias: Tensor,
}

impl ResponseNorm {
    /// `shape`: (channels) or (1, 1, 1, channels), as checkpoints store the weights.
    pub fn new(path: Path, shape: &[i64]) -> Self {
        ResponseNorm {
            weight: path.var("weight", shape, Init::Const(0.)),
            bias: path.var("bias", shape, Init::Const(0.)),
        }
    }

    /// (batch, height, width, channels) → the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let response = x.norm_scalaropt_dim(2, [1, 2].as_slice(), true);
        let relative = &response / (response.mean_dim([-1].as_slice(), true, None) + EPS);
        x * relative * &self.weight + &self.bias + x
    }
}
