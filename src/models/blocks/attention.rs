//! Multi-head attention ("Attention Is All You Need", <https://arxiv.org/abs/1706.03762>).

use tch::{Kind, Tensor};

/// Which tokens may be attended to: (batch, 1, 1, tokens), true where there is one.
pub struct AttentionMask(Option<Tensor>);

impl AttentionMask {
    /// From the tokeniser's mask, (batch, tokens) of 0 and 1; `None` where no row has padding.
    pub fn new(mask: Option<&Tensor>) -> Self {
        AttentionMask(mask.map(|m| m.to_kind(Kind::Bool).unsqueeze(1).unsqueeze(1)))
    }
}

/// softmax(q kᵀ / √d) v for each head; q, k, v: (batch, tokens, heads × d), and so is the result.
pub fn attend(q: &Tensor, k: &Tensor, v: &Tensor, heads: i64, mask: &AttentionMask, dropout: f64) -> Tensor {
    let split = |x: &Tensor| x.unflatten(-1, [heads, -1]).transpose(1, 2);
    let (q, k, v) = (split(q), split(k), split(v));
    Tensor::scaled_dot_product_attention(&q, &k, &v, mask.0.as_ref(), dropout, false, None::<f64>, false)
        .transpose(1, 2)
        .flatten(2, 3)
}
