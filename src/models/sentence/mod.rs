//! From hidden states to one vector, or to one for each token: the modules that sentence-transformers and PyLate put behind a
//! transformer.

mod dense;
mod late_interaction;
mod pooling;

pub use dense::{Dense, On};
pub use late_interaction::LateInteractionEncoder;
pub use pooling::{Mode, Pooling};

use tch::{Kind, Tensor};

use super::{TextEncoder, TextInput};

/// A text encoder with its pooling and what follows.
pub struct SentenceEncoder {
    pub encoder: Box<dyn TextEncoder>,
    pub pooling: Pooling,
    pub head: Vec<Head>,
    /// Keep the first values only, without bringing the vector to length 1 again.
    pub truncate_dim: Option<i64>,
}

/// What follows the pooling.
pub enum Head {
    Dense(Box<Dense>),
    Normalize,
}

impl SentenceEncoder {
    /// The number of values in a vector.
    pub fn dim(&self) -> i64 {
        self.truncate_dim.unwrap_or(i64::MAX).min(self.whole_dim())
    }

    /// Before truncation: what the next module gets.
    pub fn whole_dim(&self) -> i64 {
        let pooled = self.encoder.hidden_size() * self.pooling.modes.len() as i64;
        self.head.iter().fold(pooled, |dim, module| match module {
            Head::Dense(dense) => dense.outputs(),
            Head::Normalize => dim,
        })
    }

    /// True if vectors come out with length 1.
    pub fn normalizes(&self) -> bool {
        matches!(self.head.last(), Some(Head::Normalize))
    }

    /// True if a vector is the one without a Normalize at the end, brought to length 1: if nothing is cut off behind it.
    pub fn normalizes_last(&self) -> bool {
        self.normalizes() && self.dim() == self.whole_dim()
    }

    /// (batch, dim), in f32 whatever the encoder computes in. `pool_mask` stands in for the mask in pooling, where the
    /// prompt is left out; `normalize` false skips a Normalize at the end.
    pub fn forward(&self, input: &TextInput, pool_mask: Option<&Tensor>, normalize: bool, train: bool) -> Tensor {
        let hidden = self.encoder.forward(input, train).to_kind(Kind::Float);
        let pooled = self.pooling.forward(&hidden, pool_mask.or(input.mask));
        let head = if self.normalizes() && !normalize {
            &self.head[..self.head.len() - 1]
        } else {
            &self.head
        };
        let vector = head.iter().fold(pooled, |x, module| module.forward(&x));
        match self.truncate_dim {
            Some(dim) if dim < self.whole_dim() => vector.narrow(-1, 0, dim),
            _ => vector,
        }
    }
}

impl Head {
    fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Head::Normalize => x / x.norm_scalaropt_dim(2., [-1], true).clamp_min(1e-12),
            Head::Dense(dense) => dense.forward(x),
        }
    }
}
