//! Activations by the names that checkpoints use (`transformers`' ACT2FN, `torch.nn`'s classes).

use tch::Tensor;

use crate::error::{Error, Result};

type Function = fn(&Tensor) -> Tensor;

/// An elementwise activation without parameters.
#[derive(Clone, Copy)]
pub struct Activation(Function);

/// Every name of ACT2FN but those with weights of their own (prelu, xielu). Variants of one function that differ only in
/// rounding (gelu_new, gelu_fast … are all the tanh approximation) share the kernel.
const BY_NAME: &[(&str, Function)] = &[
    ("gelu", gelu),
    ("gelu_python", gelu),
    ("gelu_new", gelu_tanh),
    ("gelu_fast", gelu_tanh),
    ("gelu_pytorch_tanh", gelu_tanh),
    ("gelu_python_tanh", gelu_tanh),
    ("gelu_accurate", gelu_tanh),
    ("gelu_10", |x| gelu(x).clamp(-10., 10.)),
    ("quick_gelu", |x| x * (x * 1.702).sigmoid()),
    ("relu", Tensor::relu),
    ("relu2", |x| x.relu().square()),
    ("relu6", Tensor::relu6),
    ("silu", Tensor::silu),
    ("swish", Tensor::silu),
    ("mish", Tensor::mish),
    ("tanh", Tensor::tanh),
    ("sigmoid", Tensor::sigmoid),
    ("linear", Tensor::shallow_clone),
    ("hardswish", Tensor::hardswish),
    ("leaky_relu", |x| x.maximum(&(x * 0.01))),
    ("sqrtsoftplus", |x| x.softplus().sqrt()),
    ("laplace", laplace),
];

/// Exact: <https://arxiv.org/abs/1606.08415>, with the error function.
fn gelu(x: &Tensor) -> Tensor {
    x.gelu("none")
}

fn gelu_tanh(x: &Tensor) -> Tensor {
    x.gelu("tanh")
}

/// "Mega", <https://arxiv.org/abs/2209.10655>, with its constants.
fn laplace(x: &Tensor) -> Tensor {
    #[allow(clippy::approx_constant)] // Rounded by its authors: the vectors depend on it.
    let mean = 0.707107;
    (((x - mean) / (0.282095 * std::f64::consts::SQRT_2)).erf() + 1.) * 0.5
}

impl Activation {
    pub fn by_name(name: &str) -> Result<Self> {
        BY_NAME
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, f)| Activation(*f))
            .ok_or_else(|| {
                let known: Vec<_> = BY_NAME.iter().map(|(known, _)| *known).collect();
                Error::Unsupported(format!(
                    "the activation {name:?} is not implemented; these are: {}",
                    known.join(", ")
                ))
            })
    }

    /// By the class of `torch.nn`, as sentence-transformers' Dense writes it: `torch.nn.modules.activation.Tanh`.
    pub fn by_class(class: &str) -> Result<Self> {
        let name = match class
            .strip_prefix("torch.")
            .and_then(|rest| rest.rsplit('.').next())
            .unwrap_or_default()
        {
            "Identity" => "linear",
            "Tanh" => "tanh",
            "ReLU" => "relu",
            "ReLU6" => "relu6",
            "GELU" => "gelu",
            "SiLU" => "silu",
            "Sigmoid" => "sigmoid",
            "Mish" => "mish",
            "LeakyReLU" => "leaky_relu",
            "Hardswish" => "hardswish",
            _ => {
                return Err(Error::Unsupported(format!(
                    "the activation class {class:?} of a Dense module is not implemented"
                )));
            }
        };
        Self::by_name(name)
    }

    pub fn apply(self, x: &Tensor) -> Tensor {
        self.0(x)
    }
}
