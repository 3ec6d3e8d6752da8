//! The Dense module: a linear layer over the vector, and how `2_Dense/config.json` says it.

use serde::Deserialize;
use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::models::blocks::{linear, Activation};

/// What a Dense module looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The one vector of a text.
    Sentence,
    /// The vector of each token.
    Tokens,
}

/// A linear layer with its activation and, in some models, a way around it.
pub struct Dense {
    linear: nn::Linear,
    residual: Option<nn::Linear>,
    activation: Activation,
    use_residual: bool,
    outputs: i64,
}

impl Dense {
    /// No more than a linear layer without a bias; the weight is `weight` under `path`.
    pub fn plain(path: Path, inputs: i64, outputs: i64) -> Result<Self> {
        Ok(Dense {
            linear: linear(path, inputs, outputs, false),
            residual: None,
            activation: Activation::by_name("linear")?,
            use_residual: false,
            outputs,
        })
    }

    /// From `2_Dense/config.json`; the weights are `linear.weight` and `linear.bias` under `path`, `stored` values in all.
    pub fn from_json(path: Path, file: &str, bytes: &[u8], inputs: i64, stored: u64, on: On) -> Result<Self> {
        #[derive(Deserialize)]
        struct File {
            in_features: i64,
            out_features: i64,
            #[serde(default = "yes")]
            bias: bool,
            activation_function: Option<String>,
            module_input_name: Option<String>,
            module_output_name: Option<String>,
            #[serde(default)]
            use_residual: bool,
        }
        fn yes() -> bool {
            true
        }
        let config: File = serde_json::from_slice(bytes)
            .map_err(|e| Error::BadModel(format!("{file} is not a Dense configuration: {e}")))?;
        let (given, outputs) = (config.in_features, config.out_features);
        let fits = |values: i64| u64::try_from(values).is_ok_and(|values| (1..=stored).contains(&values));
        if given != inputs || !given.checked_mul(outputs).is_some_and(fits) {
            return Err(Error::BadModel(format!(
                "{file} takes {given} values and gives {outputs}, but the module before it gives {inputs} and the weights have {stored} values"
            )));
        }
        for name in [&config.module_input_name, &config.module_output_name]
            .into_iter()
            .flatten()
        {
            // PyLate's, which saves what it inherits, looks at tokens whatever this says.
            if name != "sentence_embedding" && !(on == On::Tokens && name == "token_embeddings") {
                return Err(Error::Unsupported(format!(
                    "{file}: a Dense module on {name} is not implemented; only on sentence_embedding"
                )));
            }
        }
        let residual = config.use_residual && inputs != outputs;
        Ok(Dense {
            linear: linear(&path / "linear", inputs, outputs, config.bias),
            residual: residual.then(|| linear(&path / "residual", inputs, outputs, false)),
            activation: match config.activation_function.as_deref() {
                None => Activation::by_class("Tanh")?,
                Some(class) => Activation::by_class(class)?,
            },
            use_residual: config.use_residual,
            outputs,
        })
    }

    /// The number of values that it gives.
    pub fn outputs(&self) -> i64 {
        self.outputs
    }

    /// Computes in the precision of the weights; the result is f32 again.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let x = x.type_as(&self.linear.ws);
        let y = self.activation.apply(&self.linear.forward(&x));
        let y = match &self.residual {
            _ if !self.use_residual => y,
            None => y + x,
            Some(residual) => y + residual.forward(&x),
        };
        y.to_kind(Kind::Float)
    }
}
