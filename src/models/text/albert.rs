//! ALBERT (<https://arxiv.org/abs/1909.11942>): BERT with few layers' weights used again and again, and narrow embeddings. Names
//! and arithmetic as `transformers`' AlbertModel.

use tch::nn::Path;

use super::blocks::{linear, HeadShape, LayerNames, LayerShape, Positions};
use super::encoder::{Encoder, EncoderShape};
use super::{bert, Build, Config, Family, TextEncoder, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "albert",
    build: Build::Text { encoder: build, head },
    names: WeightNames {
        prefixes: &["albert."],
        heads: &[
            "pooler.",
            "predictions.",
            "sop_classifier.",
            "classifier.",
            "qa_outputs.",
        ],
        buffers: &["embeddings.position_ids", "embeddings.token_type_ids"],
    },
};

const DEFAULTS: EncoderShape = EncoderShape {
    vocab_size: 30000,
    embedding_size: Some(128),
    dropout: 0.,
    layer: LayerShape {
        hidden_size: 4096,
        heads: 64,
        intermediate_size: 16384,
        activation: "gelu_new",
        attention_dropout: 0.,
        ..bert::DEFAULTS.layer
    },
    ..bert::DEFAULTS
};

const LAYER: LayerNames = LayerNames {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attention_output: "attention.dense",
    attention_norm: "attention.LayerNorm",
    intermediate: "ffn",
    output: "ffn_output",
    output_norm: "full_layer_layer_norm",
};

/// More than any model has: layers used again cost no weights, so the checkpoint's size bounds their number in no way.
const MOST_LAYERS: i64 = 1000;

fn build(path: &Path, config: &Config) -> Result<Box<dyn TextEncoder>> {
    config.only("position_embedding_type", "absolute")?;
    let mut shape = EncoderShape::read(config, DEFAULTS)?;
    let steps = shape.layers;
    let groups = config.size("num_hidden_groups", Some(1))?;
    let inner = config.size("inner_group_num", Some(1))?;
    if steps.saturating_mul(inner) > MOST_LAYERS {
        return Err(Error::BadModel(format!(
            "config.json: num_hidden_layers = {steps} with inner_group_num = {inner} makes more than {MOST_LAYERS} layers"
        )));
    }
    shape.layers = groups * inner;
    shape.layer.output_dropout = 0.;
    let (width, hidden_size) = (shape.width(), shape.layer.hidden_size);
    let transformer = path / "encoder";
    let layer = |i| &transformer / "albert_layer_groups" / (i / inner) / "albert_layers" / (i % inner);
    let mut encoder = Encoder::new(path, config, &shape, Positions::Counted, &LAYER, layer)?;
    let mapping = &transformer / "embedding_hidden_mapping_in";
    encoder.projection = Some(linear(mapping, width, hidden_size, true));
    // As the reference rounds, should the groups not divide the layers.
    let group = |step: i64| (step as f64 / (steps as f64 / groups as f64)) as i64;
    encoder.layers = (0..steps)
        .flat_map(|step| (0..inner).map(move |i| group(step) * inner + i))
        .filter_map(|i| encoder.layers.get(i as usize).cloned())
        .collect();
    encoder.facts.layers = encoder.layers.len() as i64;
    Ok(Box::new(encoder))
}

fn head(config: &Config) -> Result<HeadShape> {
    HeadShape::pooler("pooler", config.dropout("classifier_dropout_prob", 0.1)?)
}
