//! A layer norm (<https://arxiv.org/abs/1607.06450>) that may do without its bias, which `tch`'s own cannot.

use tch::nn::{Init, Module, Path};
use tch::Tensor;

#[derive(Debug)]
pub struct Norm {
    weight: Tensor,
    bias: Option<Tensor>,
    width: i64,
    eps: f64,
}

impl Norm {
    pub fn new(path: Path, width: i64, eps: f64, bias: bool) -> Self {
        Norm {
            weight: path.var("weight", &[width], Init::Const(1.)),
            bias: bias.then(|| path.var("bias", &[width], Init::Const(0.))),
            width,
            eps,
        }
    }
}

impl Module for Norm {
    fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm([self.width], Some(&self.weight), self.bias.as_ref(), self.eps, true)
    }
}
