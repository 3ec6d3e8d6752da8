//! Rotary position embedding ("RoFormer", <https://arxiv.org/abs/2104.09864>), each head's two halves rotated against each
//! other, as GPT-NeoX and `transformers` (`rotate_half`) do it.

use serde_json::{Map, Value};
use tch::{Kind, Tensor};

use super::{attend, positions, AttentionMask};
use crate::error::{Error, Result};
use crate::models::config::Config;

/// The rotation of every position: (1, tokens, 1, head).
pub struct Rotation {
    cos: Tensor,
    sin: Tensor,
}

impl Rotation {
    /// For heads of `head` values (an even number). The angles are f32 whatever the model computes in; `like` has its precision.
    pub fn new(ids: &Tensor, like: &Tensor, head: i64, theta: f64) -> Self {
        let one = ids.narrow(0, 0, 1).narrow(1, 0, 1);
        let pairs = positions(&one.expand([1, head / 2], false)).to_kind(Kind::Float);
        let frequencies = Tensor::pow_scalar(theta, &(pairs * 2 / head)).reciprocal();
        let angles = positions(&ids.narrow(0, 0, 1)).to_kind(Kind::Float).unsqueeze(-1) * frequencies;
        let angles = Tensor::cat(&[&angles, &angles], -1).unsqueeze(2);
        Rotation {
            cos: angles.cos().type_as(like),
            sin: angles.sin().type_as(like),
        }
    }

    /// x: (batch, tokens, heads × head), and so is the result.
    pub fn apply(&self, x: &Tensor, heads: i64) -> Tensor {
        let x = x.unflatten(-1, [heads, -1]);
        let halves = x.chunk(2, -1);
        let turned = Tensor::cat(&[-&halves[1], halves[0].shallow_clone()], -1);
        (x * &self.cos + turned * &self.sin).flatten(2, 3)
    }

    /// Attention of queries, keys and values that stand side by side: (batch, tokens, 3 × heads × head).
    pub fn attend(&self, qkv: &Tensor, heads: i64, mask: &AttentionMask, dropout: f64) -> Tensor {
        let qkv = qkv.chunk(3, -1);
        let (query, key) = (self.apply(&qkv[0], heads), self.apply(&qkv[1], heads));
        attend(&query, &key, &qkv[2], heads, mask, dropout)
    }
}

/// The base of the angles out of `rope_parameters` (or an older field), as `config.json` has them, or else `default`. Scaled
/// kinds (linear, dynamic, yarn …) are refused.
pub fn rope_theta(field: &str, parameters: Option<&Value>, default: f64) -> Result<f64> {
    let empty = Map::new();
    let parameters = match parameters {
        None => &empty,
        Some(Value::Object(object)) => object,
        Some(other) => {
            return Err(Error::BadModel(format!(
                "config.json: {field} should be an object, not {other}"
            )))
        }
    };
    let kind = parameters.get("rope_type").or_else(|| parameters.get("type"));
    if let Some(kind) = kind.filter(|kind| *kind != "default") {
        return Err(Error::Unsupported(format!(
            "config.json: the rope_type {kind} in {field} is not implemented; only \"default\" is"
        )));
    }
    match parameters.get("rope_theta") {
        None => Ok(default),
        Some(theta) => theta.as_f64().filter(|theta| *theta > 0.).ok_or_else(|| {
            Error::BadModel(format!(
                "config.json: rope_theta should be a positive number, not {theta}"
            ))
        }),
    }
}

/// The width of a head, which has to be even here: `head_dim`, or its share of the hidden size.
pub fn rotary_head(config: &Config, hidden_size: i64, heads: i64) -> Result<i64> {
    let head = config.optional_size("head_dim", (hidden_size / heads).max(1))?;
    if head % 2 == 0 {
        Ok(head)
    } else {
        Err(Error::BadModel(format!(
            "config.json: a head_dim of {head} is odd, and rotating takes pairs of values"
        )))
    }
}
