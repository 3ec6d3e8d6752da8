//! DeBERTa-v2 and v3 (<https://arxiv.org/abs/2006.03654>, <https://arxiv.org/abs/2111.09543>): relative positions that content
//! is weighed against. Names and arithmetic as `transformers`' DebertaV2Model.

use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::blocks::{
    classifier_dropout, dropout, embedding, layer_norm, linear, positions, without_padding, Activation, Convolution,
    DisentangledLayer, HeadShape, LayerNames, LayerShape, RelativeTable, Terms,
};
use super::encoder::{through, EncoderShape};
use super::{bert, Build, Config, Facts, Family, TextEncoder, TextInput, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "deberta-v2",
    build: Build::Text {
        encoder: |path, config| Ok(Box::new(Deberta::new(path, config)?)),
        head,
    },
    names: WeightNames {
        prefixes: &["deberta."],
        // Also the table of absolute positions, which models without them may carry.
        heads: &[
            "pooler.",
            "cls.",
            "classifier.",
            "qa_outputs.",
            "lm_predictions.",
            "mask_predictions.",
            "embeddings.position_embeddings.",
        ],
        buffers: &["embeddings.position_ids"],
    },
};

const DEFAULTS: EncoderShape = EncoderShape {
    vocab_size: 128100,
    types: None,
    layers: 24,
    layer: LayerShape {
        hidden_size: 1536,
        heads: 24,
        intermediate_size: 6144,
        eps: 1e-7,
        ..bert::DEFAULTS.layer
    },
    ..bert::DEFAULTS
};

const LAYER: LayerNames = LayerNames {
    query: "attention.self.query_proj",
    key: "attention.self.key_proj",
    value: "attention.self.value_proj",
    ..bert::LAYER
};

struct Deberta {
    word: nn::Embedding,
    position: Option<nn::Embedding>,
    token_type: Option<nn::Embedding>,
    projection: Option<nn::Linear>,
    norm: nn::LayerNorm,
    relative: Option<RelativeTable>,
    layers: Vec<DisentangledLayer>,
    convolution: Option<Convolution>,
    dropout: f64,
    facts: Facts,
}

impl Deberta {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        config.only("is_decoder", false)?;
        let shape = EncoderShape::read(config, DEFAULTS)?;
        let (size, eps) = (shape.layer.hidden_size, shape.layer.eps);
        config.only("attention_head_size", size / shape.layer.heads)?;
        let width = config.size("embedding_size", Some(size))?;
        let types = config.integer("type_vocab_size", 0)?.max(0);
        let absolute = config.flag("position_biased_input", true)?;
        config.affords(&[
            &[shape.vocab_size + types, width],
            &[if absolute { shape.max_positions } else { 0 }, width],
            &[shape.layers, 4, size, size],
            &[shape.layers, 2, size, shape.layer.intermediate_size],
        ])?;
        let (embeddings, encoder) = (path / "embeddings", path / "encoder");
        let table = |name: &str, entries: i64| embedding(&embeddings / name, entries, width);
        let relative = RelativeTable::read(&encoder, &shape.layer, shape.max_positions, config)?;
        let terms = Terms::read(config)?;
        let layer = |i: i64| {
            let path = &encoder / "layer" / i;
            DisentangledLayer::new(&path, &LAYER, &shape.layer, terms, relative.is_some())
        };
        Ok(Deberta {
            word: table("word_embeddings", shape.vocab_size),
            position: absolute.then(|| table("position_embeddings", shape.max_positions)),
            token_type: (types > 0).then(|| table("token_type_embeddings", types)),
            projection: (width != size).then(|| linear(&embeddings / "embed_proj", width, size, false)),
            norm: layer_norm(&embeddings / "LayerNorm", size, eps),
            layers: (0..shape.layers).map(layer).collect::<Result<_>>()?,
            relative,
            convolution: Convolution::read(&(&encoder / "conv"), &shape.layer, config)?,
            dropout: shape.dropout,
            facts: Facts {
                hidden_size: size,
                layers: shape.layers,
                vocab_size: shape.vocab_size,
                max_tokens: Some(shape.max_positions),
                pad_token_id: shape.pad_token_id,
                types: (types > 0).then_some(types),
            },
        })
    }

    /// tokens: (batch, tokens, 1), false for padding.
    fn embed(&self, input: &TextInput, tokens: Option<&Tensor>, train: bool) -> Tensor {
        let mut sum = self.word.forward(input.ids);
        if let Some(position) = &self.position {
            sum += position.forward(&positions(input.ids));
        }
        if let Some(token_type) = &self.token_type {
            sum += match input.type_ids {
                Some(type_ids) => token_type.forward(type_ids),
                None => token_type.forward(&input.ids.zeros_like()),
            };
        }
        if let Some(projection) = &self.projection {
            sum = projection.forward(&sum);
        }
        dropout(without_padding(self.norm.forward(&sum), tokens), self.dropout, train)
    }
}

impl TextEncoder for Deberta {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn hidden_states(&self, input: &TextInput, train: bool) -> Vec<Tensor> {
        let tokens = input.mask.map(|mask| mask.to_kind(Kind::Bool).unsqueeze(-1));
        let tokens = tokens.as_ref();
        let mask = tokens.map(|t| t.logical_and(&t.transpose(1, 2)).unsqueeze(1));
        let relative = self.relative.as_ref().map(|relative| relative.look_up(input.ids));
        let embedded = self.embed(input, tokens, train);
        let convolution = |hidden: Tensor| match &self.convolution {
            Some(convolution) => convolution.forward(&embedded, &hidden, tokens, train),
            None => hidden,
        };
        let layers: Vec<_> = self.layers.iter().enumerate().collect();
        through(&layers, embedded.shallow_clone(), |(i, layer), hidden| {
            let hidden = layer.forward(hidden, mask.as_ref(), relative.as_ref(), train);
            // Beside the first layer, and so a part of what that gives.
            match i {
                0 => convolution(hidden),
                _ => hidden,
            }
        })
    }
}

fn head(config: &Config) -> Result<HeadShape> {
    config.only(
        "pooler_hidden_size",
        config.size("hidden_size", Some(DEFAULTS.layer.hidden_size))?,
    )?;
    Ok(HeadShape {
        pooled_dropout: config.dropout("pooler_dropout", 0.)?,
        activation: Activation::by_name(config.string("pooler_hidden_act", Some("gelu"))?)?,
        ..HeadShape::pooler("pooler.dense", classifier_dropout(config, "cls_dropout")?)?
    })
}
