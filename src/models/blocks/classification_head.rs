//! What `transformers` puts on an encoder to classify whole texts (…ForSequenceClassification): one state for the text, a dense
//! layer, and a logit for each class. Families differ in the parts named here and in the names of their weights.

use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::{at, dropout, linear, Activation, Norm};
use crate::error::Result;
use crate::models::config::Config;

/// How one state is made of the tokens'.
#[derive(Clone, Copy)]
pub enum HeadPooling {
    /// That of the first token.
    First,
    /// Their mean, without padding.
    Mean,
}

/// A norm behind the dense layer's activation.
pub struct HeadNorm {
    pub name: &'static str,
    pub eps: f64,
    pub bias: bool,
}

/// A family's head; names are those of its weights, where a dot leads one level down.
pub struct HeadShape {
    pub pooling: HeadPooling,
    /// Dropout of the pooled state.
    pub pooled_dropout: f64,
    pub dense: &'static str,
    pub dense_bias: bool,
    pub activation: Activation,
    pub norm: Option<HeadNorm>,
    /// Dropout of what the output layer reads.
    pub dropout: f64,
    pub output: &'static str,
}

impl HeadShape {
    /// The commonest: the first token's state through a dense layer and tanh, one rate of dropout before both layers.
    pub fn new(dense: &'static str, output: &'static str, dropout: f64) -> Result<Self> {
        Ok(HeadShape {
            pooling: HeadPooling::First,
            pooled_dropout: dropout,
            dense,
            dense_bias: true,
            activation: Activation::by_name("tanh")?,
            norm: None,
            dropout,
            output,
        })
    }

    /// BERT's: its pooler belongs to the encoder, which drops nothing there.
    pub fn pooler(dense: &'static str, dropout: f64) -> Result<Self> {
        Ok(HeadShape {
            pooled_dropout: 0.,
            ..Self::new(dense, "classifier", dropout)?
        })
    }
}

/// The rate under `name` or, where that is null or absent, the encoder's own.
pub fn classifier_dropout(config: &Config, name: &str) -> Result<f64> {
    match config.get(name) {
        Some(_) => config.dropout(name, 0.),
        None => config.dropout("hidden_dropout_prob", 0.1),
    }
}

pub struct ClassificationHead {
    pooling: HeadPooling,
    pooled_dropout: f64,
    dense: nn::Linear,
    activation: Activation,
    norm: Option<Norm>,
    dropout: f64,
    output: nn::Linear,
    classes: i64,
}

impl ClassificationHead {
    pub fn new(path: &Path, config: &Config, shape: &HeadShape, hidden_size: i64, classes: i64) -> Result<Self> {
        config.affords(&[&[hidden_size, hidden_size], &[classes, hidden_size]])?;
        let norm = |norm: &HeadNorm| Norm::new(at(path, norm.name), hidden_size, norm.eps, norm.bias);
        Ok(ClassificationHead {
            pooling: shape.pooling,
            pooled_dropout: shape.pooled_dropout,
            dense: linear(at(path, shape.dense), hidden_size, hidden_size, shape.dense_bias),
            activation: shape.activation,
            norm: shape.norm.as_ref().map(norm),
            dropout: shape.dropout,
            output: linear(at(path, shape.output), hidden_size, classes, true),
            classes,
        })
    }

    pub fn classes(&self) -> i64 {
        self.classes
    }

    /// The logits, (batch, classes), of hidden states, (batch, tokens, hidden size). `mask`: as an encoder's.
    pub fn forward(&self, hidden: &Tensor, mask: Option<&Tensor>, train: bool) -> Tensor {
        let pooled = match self.pooling {
            HeadPooling::First => hidden.select(1, 0),
            HeadPooling::Mean => mean(hidden, mask),
        };
        self.of_state(pooled, train)
    }

    /// The same of one state for each text, (batch, hidden size).
    pub fn of_state(&self, state: Tensor, train: bool) -> Tensor {
        let dense = self.dense.forward(&dropout(state, self.pooled_dropout, train));
        let activated = self.activation.apply(&dense);
        let normed = match &self.norm {
            Some(norm) => norm.forward(&activated),
            None => activated,
        };
        self.output.forward(&dropout(normed, self.dropout, train))
    }
}

fn mean(hidden: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let hidden = hidden.to_kind(Kind::Float);
    let Some(mask) = mask else {
        return hidden.mean_dim([1].as_slice(), false, None::<Kind>);
    };
    let mask = mask.unsqueeze(-1).to_kind(Kind::Float);
    let sum = |x: Tensor| x.sum_dim_intlist([1].as_slice(), false, None::<Kind>);
    sum(&hidden * &mask) / sum(mask)
}
