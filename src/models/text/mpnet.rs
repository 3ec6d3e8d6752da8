//! MPNet (<https://arxiv.org/abs/2004.09297>): RoBERTa's positions, and T5's bias for relative ones on top. Names and arithmetic
//! as `transformers`' MPNetModel.

use tch::nn::Path;

use super::blocks::{HeadShape, LayerNames, Positions, RelativeBias};
use super::encoder::{Encoder, EncoderShape};
use super::{bert, Build, Config, Family, TextEncoder, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "mpnet",
    build: Build::Text { encoder: build, head },
    names: WeightNames {
        prefixes: &["mpnet."],
        heads: &["pooler.", "lm_head.", "classifier.", "qa_outputs."],
        buffers: &["embeddings.position_ids"],
    },
};

const DEFAULTS: EncoderShape = EncoderShape {
    vocab_size: 30527,
    types: None,
    pad_token_id: 1,
    ..bert::DEFAULTS
};

const LAYER: LayerNames = LayerNames {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    attention_output: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
    ..bert::LAYER
};

/// The reference implementation has these fixed, whatever config.json says.
const PADDING: i64 = 1;
const BUCKETS: i64 = 32;
const MAX_DISTANCE: i64 = 128;

fn build(path: &Path, config: &Config) -> Result<Box<dyn TextEncoder>> {
    let shape = EncoderShape::read(config, DEFAULTS)?;
    let entries = config.size("relative_attention_num_buckets", Some(BUCKETS))?;
    if entries < BUCKETS {
        return Err(Error::BadModel(format!(
            "config.json: relative_attention_num_buckets = {entries} is less than the {BUCKETS} that MPNet uses"
        )));
    }
    let heads = shape.layer.heads;
    config.affords(&[&[entries, heads]])?;
    let layer = |i| path / "encoder" / "layer" / i;
    let mut encoder = Encoder::new(path, config, &shape, Positions::Behind(PADDING), &LAYER, layer)?;
    let table = path / "encoder" / "relative_attention_bias";
    encoder.relative_bias = Some(RelativeBias::new(table, entries, heads, BUCKETS, MAX_DISTANCE));
    Ok(Box::new(encoder))
}

fn head(config: &Config) -> Result<HeadShape> {
    let dropout = config.dropout("hidden_dropout_prob", 0.1)?;
    HeadShape::new("classifier.dense", "classifier.out_proj", dropout)
}
