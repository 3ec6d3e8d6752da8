//! The transformer's layer with its norms before its two parts (<https://arxiv.org/abs/2002.04745>), as encoders of images have
//! it: attention, then a feed-forward network, each reading the normalised tokens and adding to the tokens themselves.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::{at, attend, drop_path, dropout, layer_norm, linear, parameter, Activation, AttentionMask};
use crate::error::{Error, Result};

/// The product that gives queries, keys and values: one, in this order, or three.
#[derive(Clone, Copy)]
pub enum Qkv {
    Fused(&'static str),
    Separate([&'static str; 3]),
}

/// What a family calls the weights of a layer; a dot leads one level down.
#[derive(Clone, Copy)]
pub struct PreNormNames {
    pub norm1: &'static str,
    pub qkv: Qkv,
    pub attention_output: &'static str,
    pub norm2: &'static str,
    pub fc1: &'static str,
    pub fc2: &'static str,
    /// What multiplies, channel by channel, what each part adds ("LayerScale", <https://arxiv.org/abs/2103.17239>).
    pub scale1: Option<&'static str>,
    pub scale2: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub struct PreNormShape<'a> {
    pub hidden_size: i64,
    pub heads: i64,
    /// What the activation gives.
    pub intermediate_size: i64,
    pub activation: &'a str,
    /// `fc1` gives two halves, the activated one and what it is multiplied by (<https://arxiv.org/abs/2002.05202>).
    pub gated: bool,
    pub eps: f64,
    pub qkv_bias: bool,
    /// Dropout of the attention's weights, of the activated values, and of what each part gives.
    pub attention_dropout: f64,
    pub activation_dropout: f64,
    pub output_dropout: f64,
    /// How often a part is left out altogether.
    pub drop_path: f64,
}

pub struct PreNormLayer {
    norm1: nn::LayerNorm,
    qkv: Vec<nn::Linear>,
    attention_output: nn::Linear,
    scale1: Option<Tensor>,
    norm2: nn::LayerNorm,
    fc1: nn::Linear,
    fc2: nn::Linear,
    scale2: Option<Tensor>,
    heads: i64,
    activation: Activation,
    gated: bool,
    attention_dropout: f64,
    activation_dropout: f64,
    output_dropout: f64,
    drop_path: f64,
}

impl PreNormLayer {
    pub fn new(path: &Path, names: &PreNormNames, shape: &PreNormShape) -> Result<Self> {
        let (hidden, intermediate) = (shape.hidden_size, shape.intermediate_size);
        if hidden % shape.heads != 0 {
            return Err(Error::BadModel(format!(
                "config.json: the hidden size of {hidden} is not a multiple of the {} attention heads",
                shape.heads
            )));
        }
        let product = |name: &str, times: i64| linear(at(path, name), hidden, times * hidden, shape.qkv_bias);
        let scale = |name: &str| parameter(path, name, &[hidden], Init::Const(1.));
        Ok(PreNormLayer {
            norm1: layer_norm(at(path, names.norm1), hidden, shape.eps),
            qkv: match names.qkv {
                Qkv::Fused(name) => vec![product(name, 3)],
                Qkv::Separate(names) => names.iter().map(|name| product(name, 1)).collect(),
            },
            attention_output: linear(at(path, names.attention_output), hidden, hidden, true),
            scale1: names.scale1.map(scale),
            norm2: layer_norm(at(path, names.norm2), hidden, shape.eps),
            fc1: linear(
                at(path, names.fc1),
                hidden,
                (1 + i64::from(shape.gated)) * intermediate,
                true,
            ),
            fc2: linear(at(path, names.fc2), intermediate, hidden, true),
            scale2: names.scale2.map(scale),
            heads: shape.heads,
            activation: Activation::by_name(shape.activation)?,
            gated: shape.gated,
            attention_dropout: shape.attention_dropout,
            activation_dropout: shape.activation_dropout,
            output_dropout: shape.output_dropout,
            drop_path: shape.drop_path,
        })
    }

    /// hidden: (batch, tokens, hidden size), and so is the result.
    pub fn forward(&self, hidden: &Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        self.forward_with(hidden, |normed| self.attend(normed, mask, train), train)
    }

    /// The same where tokens attend in another arrangement: `attend` is given the normalised ones.
    pub fn forward_with(&self, hidden: &Tensor, attend: impl Fn(&Tensor) -> Tensor, train: bool) -> Tensor {
        let add = |to: &Tensor, part: Tensor, scale: &Option<Tensor>| {
            let scaled = scale
                .as_ref()
                .map_or_else(|| part.shallow_clone(), |scale| &part * scale);
            to + drop_path(scaled, self.drop_path, train)
        };
        let hidden = add(hidden, attend(&self.norm1.forward(hidden)), &self.scale1);
        let fed = self.feed_forward(&self.norm2.forward(&hidden), train);
        add(&hidden, fed, &self.scale2)
    }

    /// Attention among tokens, (batch, …, tokens, hidden size).
    pub fn attend(&self, x: &Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        let qkv: Vec<Tensor> = match &self.qkv[..] {
            [fused] => fused.forward(x).chunk(3, -1),
            separate => separate.iter().map(|product| product.forward(x)).collect(),
        };
        let attention_dropout = if train { self.attention_dropout } else { 0. };
        let attended = attend(&qkv[0], &qkv[1], &qkv[2], self.heads, mask, attention_dropout);
        dropout(self.attention_output.forward(&attended), self.output_dropout, train)
    }

    fn feed_forward(&self, x: &Tensor, train: bool) -> Tensor {
        let x = self.fc1.forward(x);
        let activated = if self.gated {
            let halves = x.chunk(2, -1);
            self.activation.apply(&halves[0]) * &halves[1]
        } else {
            self.activation.apply(&x)
        };
        let activated = dropout(activated, self.activation_dropout, train);
        dropout(self.fc2.forward(&activated), self.output_dropout, train)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: PreNormNames = PreNormNames {
        norm1: "norm1",
        qkv: Qkv::Fused("qkv"),
        attention_output: "proj",
        norm2: "norm2",
        fc1: "fc1",
        fc2: "fc2",
        scale1: None,
        scale2: None,
    };

    const SHAPE: PreNormShape = PreNormShape {
        hidden_size: 8,
        heads: 2,
        intermediate_size: 16,
        activation: "gelu",
        gated: false,
        eps: 1e-6,
        qkv_bias: true,
        attention_dropout: 0.,
        activation_dropout: 0.,
        output_dropout: 0.,
        drop_path: 0.,
    };

    /// How far training takes the layer's result from what it is otherwise.
    fn noise(shape: PreNormShape) -> f64 {
        let store = nn::VarStore::new(tch::Device::Cpu);
        let layer = PreNormLayer::new(&store.root(), &NAMES, &shape).unwrap();
        for (_, mut variable) in store.variables() {
            let _ = tch::no_grad(|| variable.uniform_(0.5, 1.));
        }
        let hidden = Tensor::rand([16, 5, 8], (tch::Kind::Float, tch::Device::Cpu));
        let mask = AttentionMask::new(None);
        let result = |train| layer.forward(&hidden, &mask, train);
        (result(true) - result(false)).abs().max().double_value(&[])
    }

    #[test]
    fn each_rate_counts_when_training_only() {
        assert_eq!(noise(SHAPE), 0.);
        let rates: [fn(&mut PreNormShape); 4] = [
            |shape| shape.attention_dropout = 0.5,
            |shape| shape.activation_dropout = 0.5,
            |shape| shape.output_dropout = 0.5,
            |shape| shape.drop_path = 0.5,
        ];
        for (i, set) in rates.iter().enumerate() {
            let mut shape = SHAPE;
            set(&mut shape);
            assert!(noise(shape) > 1e-3, "{i}");
        }
    }
}
