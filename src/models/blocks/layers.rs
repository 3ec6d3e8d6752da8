//! Layers with their weights under a path of the variable store, named as `torch.nn` names them.

use tch::nn::{self, Init, Path};
use tch::{Kind, Tensor};

/// What encoders are initialised with before training (BERT's `initializer_range`); checkpoints overwrite it.
const INIT: Init = Init::Randn { mean: 0., stdev: 0.02 };

/// The path some levels down, as checkpoints write it: `attention.self.query`.
pub fn at<'a>(path: &Path<'a>, name: &str) -> Path<'a> {
    name.split('.').fold(path.clone(), |path, level| path / level)
}

pub fn linear(path: Path, inputs: i64, outputs: i64, bias: bool) -> nn::Linear {
    nn::linear(
        path,
        inputs,
        outputs,
        nn::LinearConfig {
            ws_init: INIT,
            bs_init: Some(Init::Const(0.)),
            bias,
        },
    )
}

pub fn embedding(path: Path, entries: i64, width: i64) -> nn::Embedding {
    nn::embedding(
        path,
        entries,
        width,
        nn::EmbeddingConfig {
            ws_init: INIT,
            ..Default::default()
        },
    )
}

pub fn layer_norm(path: Path, width: i64, eps: f64) -> nn::LayerNorm {
    nn::layer_norm(
        path,
        vec![width],
        nn::LayerNormConfig {
            eps,
            ..Default::default()
        },
    )
}

/// Nothing at all unless training, so that traces are free of it.
pub fn dropout(x: Tensor, p: f64, train: bool) -> Tensor {
    if train {
        x.dropout(p, true)
    } else {
        x
    }
}

/// Zeros where there is no token. `tokens`: (batch, tokens, 1), true where there is one; `None` where no row has padding.
pub fn without_padding(hidden: Tensor, tokens: Option<&Tensor>) -> Tensor {
    match tokens {
        Some(tokens) => &hidden * tokens.type_as(&hidden),
        None => hidden,
    }
}

/// 0, 1, 2 … along the tokens of each row: (batch, tokens), whatever their number.
pub fn positions(ids: &Tensor) -> Tensor {
    ids.ones_like().cumsum(1, Kind::Int64) - 1
}
