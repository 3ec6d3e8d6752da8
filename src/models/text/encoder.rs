//! An encoder of the shape that BERT gave (<https://arxiv.org/abs/1810.04805>): embeddings, then post-norm layers. Its
//! descendants differ in the parts named here and in the names of their weights.

use std::rc::Rc;

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{
    AttentionMask, Embeddings, EmbeddingsShape, LayerNames, LayerShape, Positions, PostNormLayer, RelativeBias,
};
use super::{Config, Facts, TextEncoder, TextInput};
use crate::error::{Error, Result};

/// The sizes and rates of an encoder, or a family's defaults for them.
#[derive(Clone, Copy)]
pub struct EncoderShape<'a> {
    pub vocab_size: i64,
    pub max_positions: i64,
    /// `None`: the embeddings know no types of tokens.
    pub types: Option<i64>,
    pub pad_token_id: i64,
    /// `None`: the embeddings are as wide as the layers.
    pub embedding_size: Option<i64>,
    /// Of the embeddings.
    pub dropout: f64,
    /// How many layers have weights of their own.
    pub layers: i64,
    pub layer: LayerShape<'a>,
}

impl<'a> EncoderShape<'a> {
    /// What `config.json` says in BERT's words, and the defaults for what it does not say.
    pub fn read(config: &Config<'a>, defaults: EncoderShape<'a>) -> Result<Self> {
        let size = |name: &str, default: i64| config.size(name, Some(default));
        let optional = |name: &str, default: Option<i64>| default.map(|default| size(name, default)).transpose();
        let layer = defaults.layer;
        let vocab_size = size("vocab_size", defaults.vocab_size)?;
        let pad_token_id = config.token_id("pad_token_id", vocab_size)?;
        let dropout = config.dropout("hidden_dropout_prob", defaults.dropout)?;
        Ok(EncoderShape {
            vocab_size,
            max_positions: size("max_position_embeddings", defaults.max_positions)?,
            types: optional("type_vocab_size", defaults.types)?,
            pad_token_id: pad_token_id.unwrap_or(defaults.pad_token_id),
            embedding_size: optional("embedding_size", defaults.embedding_size)?,
            dropout,
            layers: size("num_hidden_layers", defaults.layers)?,
            layer: LayerShape {
                hidden_size: size("hidden_size", layer.hidden_size)?,
                heads: size("num_attention_heads", layer.heads)?,
                intermediate_size: size("intermediate_size", layer.intermediate_size)?,
                activation: config.string("hidden_act", Some(layer.activation))?,
                eps: config.positive("layer_norm_eps", layer.eps)?,
                attention_dropout: config.dropout("attention_probs_dropout_prob", layer.attention_dropout)?,
                attention_output_dropout: dropout,
                activated_dropout: layer.activated_dropout,
                output_dropout: dropout,
            },
        })
    }

    /// The width of the embeddings.
    pub fn width(&self) -> i64 {
        self.embedding_size.unwrap_or(self.layer.hidden_size)
    }
}

/// Refuses what makes a decoder of these families, and positions that older versions of `transformers` could compute.
pub fn encoders_only(config: &Config) -> Result<()> {
    config.only("is_decoder", false)?;
    config.only("is_causal", false)?;
    config.only("add_cross_attention", false)?;
    config.only("position_embedding_type", "absolute")
}

pub struct Encoder {
    embeddings: Embeddings,
    /// Brings the embeddings to the layers' width.
    pub projection: Option<nn::Linear>,
    pub relative_bias: Option<RelativeBias>,
    /// In the order of their use; one may be used more than once.
    pub layers: Vec<Rc<PostNormLayer>>,
    pub facts: Facts,
}

impl Encoder {
    /// Layer i has its weights under `layer(i)`.
    pub fn new<'p>(
        path: &Path<'p>,
        config: &Config,
        shape: &EncoderShape,
        positions: Positions,
        names: &LayerNames,
        layer: impl Fn(i64) -> Path<'p>,
    ) -> Result<Self> {
        let (width, hidden_size) = (shape.width(), shape.layer.hidden_size);
        let table = [shape.max_positions, width];
        let projection = [width, if width == hidden_size { 0 } else { hidden_size }];
        // A computed table need not be among the weights; but none is larger than they are.
        config.affords(&[&table])?;
        config.affords(&[
            &[shape.vocab_size, width],
            &[shape.types.unwrap_or(0), width],
            if positions.are_learned() { &table } else { &[0] },
            &projection,
            &[shape.layers, 4, hidden_size, hidden_size],
            &[shape.layers, 2, hidden_size, shape.layer.intermediate_size],
        ])?;
        let max_tokens = positions.tokens(shape.max_positions);
        if max_tokens < 1 {
            return Err(Error::BadModel(format!(
                "config.json: with max_position_embeddings = {} no position is left behind the padding's",
                shape.max_positions
            )));
        }
        let embeddings = EmbeddingsShape {
            vocab_size: shape.vocab_size,
            max_positions: shape.max_positions,
            types: shape.types,
            width,
            eps: shape.layer.eps,
            dropout: shape.dropout,
        };
        Ok(Encoder {
            embeddings: Embeddings::new(&(path / "embeddings"), &embeddings, positions),
            projection: None,
            relative_bias: None,
            layers: (0..shape.layers)
                .map(|i| PostNormLayer::new(&layer(i), names, &shape.layer).map(Rc::new))
                .collect::<Result<_>>()?,
            facts: Facts {
                hidden_size,
                layers: shape.layers,
                vocab_size: shape.vocab_size,
                max_tokens: Some(max_tokens),
                pad_token_id: shape.pad_token_id,
                types: shape.types,
            },
        })
    }
}

impl TextEncoder for Encoder {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn hidden_states(&self, input: &TextInput, train: bool) -> Vec<Tensor> {
        let mut hidden = self.embeddings.forward(input, train);
        if let Some(projection) = &self.projection {
            hidden = projection.forward(&hidden);
        }
        let mask = match &self.relative_bias {
            Some(bias) => AttentionMask::biased(input.mask, bias.forward(input.ids)),
            None => AttentionMask::new(input.mask),
        };
        through(&self.layers, hidden, |layer, hidden| {
            layer.forward(hidden, &mask, train)
        })
    }
}

/// What the first of some layers reads, and what each of them gives.
pub fn through<L>(layers: &[L], first: Tensor, forward: impl Fn(&L, &Tensor) -> Tensor) -> Vec<Tensor> {
    let mut states = vec![first];
    for layer in layers {
        states.extend(states.last().map(|hidden| forward(layer, hidden)));
    }
    states
}
