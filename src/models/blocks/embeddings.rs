//! Tokens, where they stand, and which of two texts they belong to: three embeddings, summed and normalised, as in BERT.

use tch::nn::{self, Module, Path};
use tch::{no_grad, Kind, Tensor};

use super::{dropout, embedding, layer_norm, positions};
use crate::models::text_encoder::TextInput;

/// Which entry of the position table a token gets.
#[derive(Clone, Copy)]
pub enum Positions {
    /// 0, 1, 2 …
    Counted,
    /// The same, out of a table that is computed and not learned.
    Sinusoidal,
    /// fairseq's way, by the ids alone: tokens count from behind this padding id, padding has the id itself.
    Behind(i64),
}

impl Positions {
    fn of(self, ids: &Tensor) -> Tensor {
        match self {
            Positions::Counted | Positions::Sinusoidal => positions(ids),
            Positions::Behind(padding) => {
                let tokens = ids.ne(padding).to_kind(Kind::Int64);
                tokens.cumsum(1, Kind::Int64) * tokens + padding
            }
        }
    }

    pub fn are_learned(self) -> bool {
        !matches!(self, Positions::Sinusoidal)
    }

    /// How many tokens a table of so many entries serves.
    pub fn tokens(self, entries: i64) -> i64 {
        match self {
            Positions::Counted | Positions::Sinusoidal => entries,
            Positions::Behind(padding) => entries - padding - 1,
        }
    }
}

/// How many entries each table has (no types: no such table), and their common width.
pub struct EmbeddingsShape {
    pub vocab_size: i64,
    pub max_positions: i64,
    pub types: Option<i64>,
    pub width: i64,
    pub eps: f64,
    pub dropout: f64,
}

pub struct Embeddings {
    word: nn::Embedding,
    position: Tensor,
    positions: Positions,
    token_type: Option<nn::Embedding>,
    norm: nn::LayerNorm,
    dropout: f64,
}

impl Embeddings {
    pub fn new(path: &Path, shape: &EmbeddingsShape, positions: Positions) -> Self {
        let width = shape.width;
        let table = |name: &str, entries: i64| embedding(path / name, entries, width);
        Embeddings {
            word: table("word_embeddings", shape.vocab_size),
            position: match positions {
                Positions::Sinusoidal => sinusoids(&(path / "position_embeddings"), shape.max_positions, width),
                _ => table("position_embeddings", shape.max_positions).ws,
            },
            positions,
            token_type: shape.types.map(|types| table("token_type_embeddings", types)),
            norm: layer_norm(path / "LayerNorm", width, shape.eps),
            dropout: shape.dropout,
        }
    }

    pub fn forward(&self, input: &TextInput, train: bool) -> Tensor {
        let word = self.word.forward(input.ids);
        let typed = match (&self.token_type, input.type_ids) {
            (None, _) => word,
            (Some(table), Some(type_ids)) => word + table.forward(type_ids),
            (Some(table), None) => word + table.forward(&input.ids.zeros_like()),
        };
        let positions = self.positions.of(input.ids);
        let sum = typed + Tensor::embedding(&self.position, &positions, -1, false, false);
        dropout(self.norm.forward(&sum), self.dropout, train)
    }
}

/// The table of "Attention Is All You Need": sines in even columns, cosines in odd ones. As a variable that is not trained,
/// since checkpoints may store it and may have rounded it.
fn sinusoids(path: &Path, entries: i64, width: i64) -> Tensor {
    let count = |n: i64| Tensor::arange(n, (Kind::Double, path.device()));
    let column = count(width);
    let exponent = column.divide_scalar_mode(2., "floor") * 2. / width as f64;
    let angle = count(entries).unsqueeze(1) / Tensor::pow_scalar(10000., &exponent);
    let even = column.remainder(2.).eq(0.);
    let mut table = path.zeros_no_train("weight", &[entries, width]);
    no_grad(|| table.copy_(&angle.sin().where_self(&even, &angle.cos())));
    table
}
