//! Multi-head attention ("Attention Is All You Need", <https://arxiv.org/abs/1706.03762>).

use tch::{Kind, Tensor};

use super::positions;

/// Which tokens may be attended to, as attention takes it: (batch, 1, 1, tokens), true where there is one, or numbers to be
/// added to the scores, (batch, heads, tokens, tokens) or of fewer rows and heads.
pub struct AttentionMask(Option<Tensor>);

impl AttentionMask {
    /// From the tokeniser's mask, (batch, tokens) of 0 and 1; `None` where no row has padding.
    pub fn new(mask: Option<&Tensor>) -> Self {
        AttentionMask(mask.map(|m| m.to_kind(Kind::Bool).unsqueeze(1).unsqueeze(1)))
    }

    /// Each token attends to itself and to those before it.
    pub fn causal(ids: &Tensor) -> Self {
        let position = positions(&ids.narrow(0, 0, 1)).unsqueeze(1);
        AttentionMask(Some(position.unsqueeze(-1).ge_tensor(&position.unsqueeze(-2))))
    }

    /// The same without tokens that are further than `reach` from the one that attends.
    pub fn within(&self, ids: &Tensor, reach: i64) -> Self {
        let position = positions(&ids.narrow(0, 0, 1)).unsqueeze(1);
        let near = (position.unsqueeze(-1) - position.unsqueeze(-2)).abs().le(reach);
        AttentionMask(Some(match &self.0 {
            Some(tokens) => near.logical_and(tokens),
            None => near,
        }))
    }

    /// The same with a bias of (1, heads, tokens, tokens) for the scores.
    pub fn biased(mask: Option<&Tensor>, bias: Tensor) -> Self {
        AttentionMask(Some(match Self::new(mask).0 {
            Some(tokens) => bias.masked_fill(&tokens.logical_not(), f64::NEG_INFINITY),
            None => bias,
        }))
    }
}

/// softmax(q kᵀ / √d) v for each head; q, k, v: (batch, …, tokens, heads × d), and so is the result.
pub fn attend(q: &Tensor, k: &Tensor, v: &Tensor, heads: i64, mask: &AttentionMask, dropout: f64) -> Tensor {
    let tokens = q.dim() as i64 - 2;
    let split = |x: &Tensor| x.unflatten(-1, [heads, -1]).transpose(tokens, tokens + 1);
    let (q, k, v) = (split(q), split(k), split(v));
    Tensor::scaled_dot_product_attention(&q, &k, &v, mask.0.as_ref(), dropout, false, None::<f64>, false)
        .transpose(tokens, tokens + 1)
        .flatten(tokens + 1, tokens + 2)
}
