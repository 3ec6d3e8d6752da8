//! SigLIP (<https://arxiv.org/abs/2303.15343>) and, where its images have one size, SigLIP 2 (<https://arxiv.org/abs/2502.14786>).
//! Names and arithmetic as `transformers`' SiglipModel, whose get_text_features and get_image_features the embeddings are; and as
//! its SiglipVisionModel, the images' tower alone.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::blocks::{layer_norm, linear, AttentionMask, AttentionPooling};
use super::tower::{Layers, LayersShape, PatchEmbeddings, TokenEmbeddings};
use super::{
    Build, Config, DualEncoder, Facts, Family, ImageEncoder, ImageFacts, Scores, Scoring, Sizes, TextTower, WeightNames,
};
use crate::error::{Error, Result};

pub const SIGLIP: Family = Family {
    model_type: "siglip",
    build: Build::Dual(build),
    names: WeightNames {
        prefixes: &["siglip."],
        heads: &[],
        buffers: &["embeddings.position_ids"],
    },
};

pub const SIGLIP_VISION: Family = Family {
    model_type: "siglip_vision_model",
    build: Build::Image(|path, config| Ok(Box::new(Vision::new(path, config)?))),
    names: WeightNames {
        prefixes: &["vision_model."],
        heads: &[],
        buffers: &["embeddings.position_ids"],
    },
};

const DEFAULTS: LayersShape = LayersShape {
    hidden_size: 768,
    layers: 12,
    heads: 12,
    intermediate_size: 3072,
    activation: "gelu_pytorch_tanh",
    eps: 1e-6,
    attention_dropout: 0.,
};

fn build(path: &Path, config: &Config) -> Result<DualEncoder> {
    let text = Text::new(&(path / "text_model"), &config.part("text_config")?)?;
    let image = Vision::new(&(path / "vision_model"), &config.part("vision_config")?)?;
    if text.dim != image.facts.dim {
        return Err(Error::BadModel(format!(
            "config.json: the texts' vectors have {} values and the images' {}; they should have as many",
            text.dim, image.facts.dim
        )));
    }
    Ok(DualEncoder {
        text: Box::new(text),
        image: Box::new(image),
        scores: Scores {
            logit_scale: path.var("logit_scale", &[1], Init::Const(10_f64.ln())),
            logit_bias: Some(path.var("logit_bias", &[1], Init::Const(-10.))),
            scoring: Scoring::Sigmoid,
        },
    })
}

struct Text {
    embeddings: TokenEmbeddings,
    layers: Layers,
    norm: nn::LayerNorm,
    head: nn::Linear,
    dim: i64,
}

impl Text {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        config.only("is_causal", false)?;
        let shape = LayersShape::read(config, DEFAULTS)?;
        let size = shape.hidden_size;
        let dim = config.optional_size("projection_size", size)?;
        config.affords(&[&[size, dim]])?;
        let mut embeddings = TokenEmbeddings::new(path, config, size, 32000, 64)?;
        // What the config says; but its tokenizer's is what the model was trained with, and SigLIP 2's differ.
        let padding = config.token_id("pad_token_id", embeddings.facts.vocab_size)?;
        embeddings.facts.pad_token_id = padding.unwrap_or(1);
        Ok(Text {
            embeddings,
            layers: Layers::new(path, &shape)?,
            norm: layer_norm(path / "final_layer_norm", size, shape.eps),
            head: linear(path / "head", size, dim, true),
            dim,
        })
    }
}

impl TextTower for Text {
    fn facts(&self) -> &Facts {
        &self.embeddings.facts
    }

    fn dim(&self) -> i64 {
        self.dim
    }

    fn pooling(&self) -> &'static str {
        "projection of the last token"
    }

    fn padded(&self) -> bool {
        true
    }

    fn embed(&self, ids: &Tensor, train: bool) -> Tensor {
        // Padding is attended to like all else: the model was trained so.
        let all = AttentionMask::new(None);
        let hidden = self.layers.forward(self.embeddings.forward(ids), &all, train);
        self.head.forward(&self.norm.forward(&hidden.select(1, -1)))
    }
}

struct Vision {
    embeddings: PatchEmbeddings,
    layers: Layers,
    norm: nn::LayerNorm,
    head: AttentionPooling,
    facts: ImageFacts,
}

impl Vision {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        config.only("vision_use_head", true)?;
        let shape = LayersShape::read(config, DEFAULTS)?;
        let size = shape.hidden_size;
        let embeddings = PatchEmbeddings::new(path, config, size, 16, false)?;
        Ok(Vision {
            facts: ImageFacts {
                dim: size,
                embedding: "attention pooling",
                classes: None,
                sizes: Sizes::Only(embeddings.image_size, embeddings.image_size),
            },
            embeddings,
            layers: Layers::new(path, &shape)?,
            norm: layer_norm(path / "post_layernorm", size, shape.eps),
            head: AttentionPooling::new(
                &(path / "head"),
                size,
                shape.heads,
                shape.intermediate_size,
                shape.activation,
                shape.eps,
            )?,
        })
    }
}

impl ImageEncoder for Vision {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let hidden = self.embeddings.forward(pixels);
        let hidden = self.layers.forward(hidden, &AttentionMask::new(None), train);
        self.head.forward(&self.norm.forward(&hidden))
    }

    fn classify(&self, _pixels: &Tensor, _train: bool) -> Option<Tensor> {
        None
    }
}
