//! DistilBERT (<https://arxiv.org/abs/1910.01108>): BERT with half its layers and without types of tokens. Names and arithmetic
//! as `transformers`' DistilBertModel.

use tch::nn::Path;

use super::blocks::{Activation, HeadShape, LayerNames, LayerShape, Positions};
use super::encoder::{Encoder, EncoderShape};
use super::{Build, Config, Family, TextEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "distilbert",
    build: Build::Text { encoder: build, head },
    names: WeightNames {
        prefixes: &["distilbert."],
        heads: &[
            "vocab_transform.",
            "vocab_layer_norm.",
            "vocab_projector.",
            "pre_classifier.",
            "classifier.",
            "qa_outputs.",
        ],
        buffers: &["embeddings.position_ids"],
    },
};

const LAYER: LayerNames = LayerNames {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    attention_output: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    intermediate: "ffn.lin1",
    output: "ffn.lin2",
    output_norm: "output_layer_norm",
};

fn build(path: &Path, config: &Config) -> Result<Box<dyn TextEncoder>> {
    let shape = shape(config)?;
    let positions = match config.flag("sinusoidal_pos_embds", false)? {
        true => Positions::Sinusoidal,
        false => Positions::Counted,
    };
    let layer = |i| path / "transformer" / "layer" / i;
    Ok(Box::new(Encoder::new(path, config, &shape, positions, &LAYER, layer)?))
}

fn shape<'a>(config: &Config<'a>) -> Result<EncoderShape<'a>> {
    let vocab_size = config.size("vocab_size", Some(30522))?;
    let dropout = config.dropout("dropout", 0.1)?;
    let shape = EncoderShape {
        vocab_size,
        max_positions: config.size("max_position_embeddings", Some(512))?,
        types: None,
        pad_token_id: config.token_id("pad_token_id", vocab_size)?.unwrap_or(0),
        embedding_size: None,
        dropout,
        layers: config.size("n_layers", Some(6))?,
        layer: LayerShape {
            hidden_size: config.size("dim", Some(768))?,
            heads: config.size("n_heads", Some(12))?,
            intermediate_size: config.size("hidden_dim", Some(3072))?,
            activation: config.string("activation", Some("gelu"))?,
            eps: 1e-12,
            attention_dropout: config.dropout("attention_dropout", 0.1)?,
            attention_output_dropout: 0.,
            activated_dropout: 0.,
            output_dropout: dropout,
        },
    };
    // `transformers` takes BERT's words for these, too.
    config.only("hidden_size", shape.layer.hidden_size)?;
    config.only("num_attention_heads", shape.layer.heads)?;
    config.only("num_hidden_layers", shape.layers)?;
    Ok(shape)
}

fn head(config: &Config) -> Result<HeadShape> {
    Ok(HeadShape {
        activation: Activation::by_name("relu")?,
        ..HeadShape::pooler("pre_classifier", config.dropout("seq_classif_dropout", 0.2)?)?
    })
}
