//! ELECTRA (<https://arxiv.org/abs/2003.10555>): BERT, trained as a discriminator, its embeddings often narrower than its
//! layers. Names and arithmetic as `transformers`' ElectraModel.

use tch::nn::Path;

use super::blocks::{linear, Activation, HeadShape, LayerShape, Positions};
use super::encoder::{encoders_only, Encoder, EncoderShape};
use super::{bert, roberta, Build, Config, Family, TextEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "electra",
    build: Build::Text { encoder: build, head },
    names: WeightNames {
        prefixes: &["electra."],
        heads: &[
            "discriminator_predictions.",
            "generator_predictions.",
            "generator_lm_head.",
            "classifier.",
            "qa_outputs.",
            "sequence_summary.",
        ],
        buffers: &["embeddings.position_ids", "embeddings.token_type_ids"],
    },
};

const DEFAULTS: EncoderShape = EncoderShape {
    embedding_size: Some(128),
    layer: LayerShape {
        hidden_size: 256,
        heads: 4,
        intermediate_size: 1024,
        ..bert::DEFAULTS.layer
    },
    ..bert::DEFAULTS
};

fn build(path: &Path, config: &Config) -> Result<Box<dyn TextEncoder>> {
    encoders_only(config)?;
    let shape = EncoderShape::read(config, DEFAULTS)?;
    let (width, hidden_size) = (shape.width(), shape.layer.hidden_size);
    let layer = |i| path / "encoder" / "layer" / i;
    let mut encoder = Encoder::new(path, config, &shape, Positions::Counted, &bert::LAYER, layer)?;
    if width != hidden_size {
        encoder.projection = Some(linear(path / "embeddings_project", width, hidden_size, true));
    }
    Ok(Box::new(encoder))
}

/// RoBERTa's, but for the activation.
fn head(config: &Config) -> Result<HeadShape> {
    Ok(HeadShape {
        activation: Activation::by_name("gelu")?,
        ..roberta::head(config)?
    })
}
