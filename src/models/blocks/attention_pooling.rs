//! Multi-head attention pooling ("Set Transformer", <https://arxiv.org/abs/1810.00825>): one learned query attends to all tokens,
//! and a feed-forward network follows. As `transformers`' SiglipMultiheadAttentionPoolingHead and timm's AttentionPoolLatent have it.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::{at, attend, layer_norm, linear, parameter, Activation, AttentionMask, INIT};
use crate::error::Result;

/// The products that give queries, keys and values.
#[derive(Clone, Copy)]
pub enum PoolingProducts {
    /// All three in one weight and one bias, as `torch.nn.MultiheadAttention` has them.
    Together { weight: &'static str, bias: &'static str },
    /// Keys and values come of one.
    Apart {
        query: &'static str,
        key_value: &'static str,
    },
}

/// What a family calls the weights; a dot leads one level down.
#[derive(Clone, Copy)]
pub struct AttentionPoolingNames {
    pub probe: &'static str,
    pub products: PoolingProducts,
    pub output: &'static str,
    pub norm: &'static str,
}

/// `transformers`' names.
const NAMES: AttentionPoolingNames = AttentionPoolingNames {
    probe: "probe",
    products: PoolingProducts::Together {
        weight: "attention.in_proj_weight",
        bias: "attention.in_proj_bias",
    },
    output: "attention.out_proj",
    norm: "layernorm",
};

/// timm's.
pub const TIMM_POOLING: AttentionPoolingNames = AttentionPoolingNames {
    probe: "latent",
    products: PoolingProducts::Apart {
        query: "q",
        key_value: "kv",
    },
    output: "proj",
    norm: "norm",
};

enum Products {
    Together(Tensor, Tensor),
    Apart(nn::Linear, nn::Linear),
}

pub struct AttentionPooling {
    probe: Tensor,
    products: Products,
    output: nn::Linear,
    norm: nn::LayerNorm,
    fc1: nn::Linear,
    fc2: nn::Linear,
    activation: Activation,
    heads: i64,
}

impl AttentionPooling {
    /// `size`: of the tokens; `heads` divides it.
    pub fn new(path: &Path, size: i64, heads: i64, intermediate_size: i64, activation: &str, eps: f64) -> Result<Self> {
        Self::named(path, &NAMES, size, heads, intermediate_size, activation, eps)
    }

    pub fn named(
        path: &Path,
        names: &AttentionPoolingNames,
        size: i64,
        heads: i64,
        intermediate_size: i64,
        activation: &str,
        eps: f64,
    ) -> Result<Self> {
        Ok(AttentionPooling {
            probe: parameter(path, names.probe, &[1, 1, size], INIT),
            products: match names.products {
                PoolingProducts::Together { weight, bias } => Products::Together(
                    parameter(path, weight, &[3 * size, size], INIT),
                    parameter(path, bias, &[3 * size], Init::Const(0.)),
                ),
                PoolingProducts::Apart { query, key_value } => Products::Apart(
                    linear(at(path, query), size, size, true),
                    linear(at(path, key_value), size, 2 * size, true),
                ),
            },
            output: linear(at(path, names.output), size, size, true),
            norm: layer_norm(at(path, names.norm), size, eps),
            fc1: linear(path / "mlp" / "fc1", size, intermediate_size, true),
            fc2: linear(path / "mlp" / "fc2", intermediate_size, size, true),
            activation: Activation::by_name(activation)?,
            heads,
        })
    }

    /// hidden: (batch, tokens, size); the result: (batch, size).
    pub fn forward(&self, hidden: &Tensor) -> Tensor {
        let probe = self.probe.expand_as(&hidden.narrow(1, 0, 1));
        let (q, k, v) = match &self.products {
            Products::Together(weight, bias) => {
                let (weights, biases) = (weight.chunk(3, 0), bias.chunk(3, 0));
                let product = |x: &Tensor, i: usize| x.linear(&weights[i], Some(&biases[i]));
                (product(&probe, 0), product(hidden, 1), product(hidden, 2))
            }
            Products::Apart(query, key_value) => {
                let both = key_value.forward(hidden).chunk(2, -1);
                (query.forward(&probe), both[0].shallow_clone(), both[1].shallow_clone())
            }
        };
        let mask = AttentionMask::new(None);
        let pooled = self.output.forward(&attend(&q, &k, &v, self.heads, &mask, 0.));
        let fed = self.activation.apply(&self.fc1.forward(&self.norm.forward(&pooled)));
        (pooled + self.fc2.forward(&fed)).squeeze_dim(1)
    }
}
