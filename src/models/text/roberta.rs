//! RoBERTa (<https://arxiv.org/abs/1907.11692>): BERT, trained better, its positions counted in fairseq's way; and the same for
//! a hundred languages, XLM-RoBERTa (<https://arxiv.org/abs/1911.02116>), and for French, CamemBERT
//! (<https://arxiv.org/abs/1911.03894>). Names and arithmetic as `transformers`' RobertaModel.

use tch::nn::Path;

use super::blocks::{classifier_dropout, HeadShape, Positions};
use super::encoder::{encoders_only, Encoder, EncoderShape};
use super::{bert, Build, Config, Family, TextEncoder, WeightNames};
use crate::error::Result;

pub const ROBERTA: Family = Family {
    model_type: "roberta",
    build: Build::Text {
        encoder: |path, config| build(path, config, 50265),
        head,
    },
    names: NAMES,
};

pub const XLM_ROBERTA: Family = Family {
    model_type: "xlm-roberta",
    build: Build::Text {
        encoder: |path, config| build(path, config, 30522),
        head,
    },
    names: NAMES,
};

pub const CAMEMBERT: Family = Family {
    model_type: "camembert",
    build: Build::Text {
        encoder: |path, config| build(path, config, 30522),
        head,
    },
    names: NAMES,
};

const NAMES: WeightNames = WeightNames {
    prefixes: &["roberta."],
    heads: &["pooler.", "lm_head.", "classifier.", "qa_outputs."],
    buffers: &["embeddings.position_ids", "embeddings.token_type_ids"],
};

fn build(path: &Path, config: &Config, vocab_size: i64) -> Result<Box<dyn TextEncoder>> {
    encoders_only(config)?;
    let defaults = EncoderShape {
        vocab_size,
        pad_token_id: 1,
        ..bert::DEFAULTS
    };
    let shape = EncoderShape::read(config, defaults)?;
    // Not null: without a padding id there is nothing to count from.
    let positions = Positions::Behind(config.integer("pad_token_id", shape.pad_token_id)?);
    let layer = |i| path / "encoder" / "layer" / i;
    Ok(Box::new(Encoder::new(
        path,
        config,
        &shape,
        positions,
        &bert::LAYER,
        layer,
    )?))
}

pub fn head(config: &Config) -> Result<HeadShape> {
    let dropout = classifier_dropout(config, "classifier_dropout")?;
    HeadShape::new("classifier.dense", "classifier.out_proj", dropout)
}
