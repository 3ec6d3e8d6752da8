//! A transformer layer of the newer kind: rotated attention whose three projections are one product, and a gated feed-forward
//! network (<https://arxiv.org/abs/2002.05202>); its norms stand before the two parts or behind them.

use tch::nn::{self, Module};
use tch::Tensor;

use super::{dropout, Activation, AttentionMask, Norm, Rotation};

/// Where the norms stand. Before a part, only what that part reads is normalised; the first may then be absent.
pub enum Norms {
    Before(Option<Norm>, Norm),
    Behind(Norm, Norm),
}

/// What the feed-forward network multiplies: the activation of one half and the other half, out of one product or of two.
pub enum Gate {
    /// The activated half comes first.
    Halves(nn::Linear),
    Apart {
        activated: nn::Linear,
        plain: nn::Linear,
    },
}

pub struct GatedLayer {
    pub norms: Norms,
    pub qkv: nn::Linear,
    pub attention_output: nn::Linear,
    pub gate: Gate,
    pub activation: Activation,
    pub output: nn::Linear,
    pub heads: i64,
    /// Dropout of the attention's weights, of what attention gives, of the gated values, and of what the network gives.
    pub attention_dropout: f64,
    pub attention_output_dropout: f64,
    pub gated_dropout: f64,
    pub output_dropout: f64,
}

impl GatedLayer {
    pub fn forward(&self, hidden: &Tensor, rotation: &Rotation, mask: &AttentionMask, train: bool) -> Tensor {
        match &self.norms {
            Norms::Before(first, second) => {
                let read = first.as_ref().map(|norm| norm.forward(hidden));
                let hidden = hidden + self.attend(read.as_ref().unwrap_or(hidden), rotation, mask, train);
                &hidden + self.feed_forward(&second.forward(&hidden), train)
            }
            Norms::Behind(first, second) => {
                let hidden = first.forward(&(hidden + self.attend(hidden, rotation, mask, train)));
                second.forward(&(&hidden + self.feed_forward(&hidden, train)))
            }
        }
    }

    fn attend(&self, x: &Tensor, rotation: &Rotation, mask: &AttentionMask, train: bool) -> Tensor {
        let attention_dropout = if train { self.attention_dropout } else { 0. };
        let attended = rotation.attend(&self.qkv.forward(x), self.heads, mask, attention_dropout);
        dropout(
            self.attention_output.forward(&attended),
            self.attention_output_dropout,
            train,
        )
    }

    fn feed_forward(&self, x: &Tensor, train: bool) -> Tensor {
        let (activated, plain) = match &self.gate {
            Gate::Halves(both) => {
                let halves = both.forward(x).chunk(2, -1);
                (halves[0].shallow_clone(), halves[1].shallow_clone())
            }
            Gate::Apart { activated, plain } => (activated.forward(x), plain.forward(x)),
        };
        let gated = dropout(self.activation.apply(&activated) * plain, self.gated_dropout, train);
        dropout(self.output.forward(&gated), self.output_dropout, train)
    }
}
