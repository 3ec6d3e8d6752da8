//! Batch normalisation (<https://arxiv.org/abs/1502.03167>) over the channels of (batch, channels, height, width).

use tch::nn::{Init, Path};
use tch::Tensor;

#[derive(Debug)]
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    eps: f64,
}

/// How much of a batch's statistics goes into the running ones when training.
const MOMENTUM: f64 = 0.1;

impl BatchNorm {
    pub fn new(path: Path, channels: i64, eps: f64) -> Self {
        BatchNorm {
            weight: path.var("weight", &[channels], Init::Const(1.)),
            bias: path.var("bias", &[channels], Init::Const(0.)),
            running_mean: path.zeros_no_train("running_mean", &[channels]),
            running_var: path.ones_no_train("running_var", &[channels]),
            eps,
        }
    }

    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let (weight, bias) = (Some(&self.weight), Some(&self.bias));
        let (mean, var) = (Some(&self.running_mean), Some(&self.running_var));
        x.batch_norm(weight, bias, mean, var, train, MOMENTUM, self.eps, false)
    }
}
