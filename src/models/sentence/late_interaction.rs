//! ColBERT (<https://arxiv.org/abs/2004.12832>): each token's hidden state, brought to fewer values. Vectors are compared token by
//! token, after they were brought to length 1.

use tch::{Kind, Tensor};

use super::Dense;
use crate::models::{TextEncoder, TextInput};

/// A text encoder with the layers behind it, one after the other, that look at each token by itself.
pub struct LateInteractionEncoder {
    pub encoder: Box<dyn TextEncoder>,
    pub projection: Vec<Dense>,
}

impl LateInteractionEncoder {
    /// The number of values in a token's vector.
    pub fn dim(&self) -> i64 {
        let last = self.projection.last();
        last.map_or(self.encoder.hidden_size(), Dense::outputs)
    }

    /// (batch, tokens, dim), in f32 whatever the encoder computes in, and not of length 1.
    pub fn forward(&self, input: &TextInput, train: bool) -> Tensor {
        let hidden = self.encoder.forward(input, train).to_kind(Kind::Float);
        self.projection.iter().fold(hidden, |x, dense| dense.forward(&x))
    }
}
