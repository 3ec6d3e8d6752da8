//! BERT (<https://arxiv.org/abs/1810.04805>); names and arithmetic as `transformers`' BertModel.

use tch::nn::Path;

use super::blocks::classifier_dropout;
use super::blocks::{HeadShape, LayerNames, LayerShape, Positions};
use super::encoder::{encoders_only, Encoder, EncoderShape};
use super::{Build, Config, Family, TextEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "bert",
    build: Build::Text { encoder: build, head },
    names: WeightNames {
        prefixes: &["bert."],
        heads: &["pooler.", "cls.", "classifier.", "qa_outputs."],
        buffers: &["embeddings.position_ids", "embeddings.token_type_ids"],
    },
};

pub const DEFAULTS: EncoderShape = EncoderShape {
    vocab_size: 30522,
    max_positions: 512,
    types: Some(2),
    pad_token_id: 0,
    embedding_size: None,
    dropout: 0.1,
    layers: 12,
    layer: LayerShape {
        hidden_size: 768,
        heads: 12,
        intermediate_size: 3072,
        activation: "gelu",
        eps: 1e-12,
        attention_dropout: 0.1,
        attention_output_dropout: 0.1,
        activated_dropout: 0.,
        output_dropout: 0.1,
    },
};

pub const LAYER: LayerNames = LayerNames {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    output_norm: "output.LayerNorm",
};

fn build(path: &Path, config: &Config) -> Result<Box<dyn TextEncoder>> {
    encoders_only(config)?;
    let shape = EncoderShape::read(config, DEFAULTS)?;
    let layer = |i| path / "encoder" / "layer" / i;
    Ok(Box::new(Encoder::new(
        path,
        config,
        &shape,
        Positions::Counted,
        &LAYER,
        layer,
    )?))
}

/// The encoder's pooler, and a layer on it.
pub fn head(config: &Config) -> Result<HeadShape> {
    HeadShape::pooler("pooler.dense", classifier_dropout(config, "classifier_dropout")?)
}
