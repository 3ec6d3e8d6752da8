//! Layers with their weights under a path of the variable store, named as `torch.nn` names them.

use tch::nn::{self, Init, Path};
use tch::{Kind, Tensor};

/// What encoders are initialised with before training (BERT's `initializer_range`); checkpoints overwrite it.
pub const INIT: Init = Init::Randn { mean: 0., stdev: 0.02 };

/// The path some levels down, as checkpoints write it: `attention.self.query`.
pub fn at<'a>(path: &Path<'a>, name: &str) -> Path<'a> {
    name.split('.').fold(path.clone(), |path, level| path / level)
}

/// A variable of its own, whose name may lead some levels down: `layer_scale1.lambda1`.
pub fn parameter(path: &Path, name: &str, shape: &[i64], init: Init) -> Tensor {
    match name.rsplit_once('.') {
        Some((parent, own)) => at(path, parent).var(own, shape, init),
        None => path.var(name, shape, init),
    }
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

/// Stochastic depth (<https://arxiv.org/abs/1603.09382>): when training, what a part gives is left out, batch row by batch row.
pub fn drop_path(x: Tensor, p: f64, train: bool) -> Tensor {
    if !train || p == 0. {
        return x;
    }
    let one = x.flatten(1, -1).narrow(1, 0, 1).ones_like().dropout(p, true);
    let kept = (2..x.dim()).fold(one, |kept, _| kept.unsqueeze(-1));
    x * kept
}

/// From 0 for the first of so many layers to 1 for the last: what stochastic depth multiplies its rate by.
pub fn rising(layer: i64, layers: i64) -> f64 {
    layer as f64 / (layers - 1).max(1) as f64
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_left_out_when_training() {
        let x = Tensor::ones([64, 3, 2, 5], (Kind::Float, tch::Device::Cpu));
        assert_eq!(drop_path(x.shallow_clone(), 0.25, false), x);
        assert_eq!(drop_path(x.shallow_clone(), 0., true), x);
        let rows = drop_path(x, 0.25, true).flatten(1, -1);
        // A row as a whole is left out, or makes up for those that are.
        assert_eq!(rows.amin(1, false), rows.amax(1, false));
        let kept = rows.select(1, 0) * 0.75;
        assert_eq!(kept.amin(0, false).double_value(&[]), 0.);
        assert!((kept.amax(0, false).double_value(&[]) - 1.).abs() < 1e-6);
    }

    #[test]
    fn rates_rise_from_the_first_layer_to_the_last() {
        assert_eq!(
            [rising(0, 5), rising(2, 5), rising(4, 5), rising(0, 1)],
            [0., 0.5, 1., 0.]
        );
    }
}
