//! CLIP (<https://arxiv.org/abs/2103.00020>). Names and arithmetic as `transformers`' CLIPModel, whose get_text_features and
//! get_image_features the embeddings are; and as its CLIPVisionModelWithProjection and CLIPVisionModel, the images' tower alone.

use tch::nn::{self, Init, Module, Path};
use tch::{Kind, Tensor};

use super::blocks::{layer_norm, linear, AttentionMask};
use super::tower::{Layers, LayersShape, PatchEmbeddings, TokenEmbeddings};
use super::{
    Build, Config, DualEncoder, Facts, Family, ImageEncoder, ImageFacts, Scores, Scoring, Sizes, TextTower, WeightNames,
};
use crate::error::Result;

pub const CLIP: Family = Family {
    model_type: "clip",
    build: Build::Dual(build),
    names: WeightNames {
        prefixes: &["clip."],
        heads: &[],
        buffers: &["embeddings.position_ids"],
    },
};

pub const CLIP_VISION: Family = Family {
    model_type: "clip_vision_model",
    build: Build::Image(build_vision),
    names: WeightNames {
        prefixes: &["vision_model."],
        heads: &[],
        buffers: &["embeddings.position_ids"],
    },
};

const TEXT: LayersShape = LayersShape {
    hidden_size: 512,
    layers: 12,
    heads: 8,
    intermediate_size: 2048,
    activation: "quick_gelu",
    eps: 1e-5,
    attention_dropout: 0.,
};

const VISION: LayersShape = LayersShape {
    hidden_size: 768,
    heads: 12,
    intermediate_size: 3072,
    ..TEXT
};

fn build(path: &Path, config: &Config) -> Result<DualEncoder> {
    let dim = config.size("projection_dim", Some(512))?;
    let text = part(config, "text_config", "text_config_dict")?;
    let vision = part(config, "vision_config", "vision_config_dict")?;
    let projection = path / "visual_projection";
    Ok(DualEncoder {
        text: Box::new(Text::new(path, &text, dim)?),
        image: Box::new(Vision::new(&(path / "vision_model"), &vision, Some((projection, dim)))?),
        scores: Scores {
            logit_scale: path.var("logit_scale", &[], Init::Const(2.6592)),
            logit_bias: None,
            scoring: Scoring::Softmax,
        },
    })
}

fn build_vision(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    let dim = config.size("projection_dim", Some(512))?;
    let projection = config.stores("visual_projection.weight");
    let projection = projection.then(|| (path / "visual_projection", dim));
    Ok(Box::new(Vision::new(path, config, projection)?))
}

/// A tower's config. The old form, where it is there, overrides the other, with its defaults too.
fn part<'a>(config: &Config<'a>, name: &str, old: &str) -> Result<Config<'a>> {
    config.part(if config.get(old).is_some() { old } else { name })
}

/// Which token is the end of the text.
enum End {
    /// The one of the largest id: so it is where `eos_token_id` is 2, a mistake of the first checkpoints.
    Largest,
    /// The first one of this id.
    First(i64),
}

impl End {
    fn read(config: &Config, vocab_size: i64) -> Result<Self> {
        let end = match config.given("eos_token_id") {
            None => Some(49407),
            Some(_) => config.token_id("eos_token_id", vocab_size)?,
        };
        match end {
            None => Err(config.wrong("eos_token_id", "a token id")),
            Some(2) => Ok(End::Largest),
            Some(id) => Ok(End::First(id)),
        }
    }

    /// Where it stands, (batch, 1), in ids, (batch, tokens).
    fn of(&self, ids: &Tensor) -> Tensor {
        match self {
            End::Largest => ids.argmax(-1, true),
            End::First(id) => ids.eq(*id).to_kind(Kind::Int64).argmax(-1, true),
        }
    }
}

struct Text {
    embeddings: TokenEmbeddings,
    layers: Layers,
    norm: nn::LayerNorm,
    end: End,
    projection: nn::Linear,
    dim: i64,
}

impl Text {
    fn new(path: &Path, config: &Config, dim: i64) -> Result<Self> {
        config.only("is_causal", true)?;
        let shape = LayersShape::read(config, TEXT)?;
        let size = shape.hidden_size;
        config.affords(&[&[size, dim]])?;
        let tower = path / "text_model";
        let embeddings = TokenEmbeddings::new(&tower, config, size, 49408, 77)?;
        Ok(Text {
            end: End::read(config, embeddings.facts.vocab_size)?,
            embeddings,
            layers: Layers::new(&tower, &shape)?,
            norm: layer_norm(&tower / "final_layer_norm", size, shape.eps),
            projection: linear(path / "text_projection", size, dim, false),
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
        "projection of the end of text token"
    }

    fn padded(&self) -> bool {
        false
    }

    fn embed(&self, ids: &Tensor, train: bool) -> Tensor {
        let mask = AttentionMask::causal(ids);
        let hidden = self.layers.forward(self.embeddings.forward(ids), &mask, train);
        let size = self.embeddings.facts.hidden_size;
        let end = self.end.of(ids).unsqueeze(-1).expand([-1, -1, size], false);
        let pooled = self.norm.forward(&hidden).gather(1, &end, false).squeeze_dim(1);
        self.projection.forward(&pooled)
    }
}

struct Vision {
    embeddings: PatchEmbeddings,
    pre_norm: nn::LayerNorm,
    layers: Layers,
    post_norm: nn::LayerNorm,
    projection: Option<nn::Linear>,
    facts: ImageFacts,
}

impl Vision {
    /// `projection`: its path and how many values it gives.
    fn new(path: &Path, config: &Config, projection: Option<(Path, i64)>) -> Result<Self> {
        let shape = LayersShape::read(config, VISION)?;
        let size = shape.hidden_size;
        let dim = projection.as_ref().map_or(size, |(_, dim)| *dim);
        config.affords(&[&[size, dim]])?;
        let embeddings = PatchEmbeddings::new(path, config, size, 32, true)?;
        Ok(Vision {
            facts: ImageFacts {
                dim,
                embedding: match projection {
                    Some(_) => "projection of the CLS token",
                    None => "CLS token",
                },
                classes: None,
                sizes: Sizes::Only(embeddings.image_size, embeddings.image_size),
            },
            embeddings,
            pre_norm: layer_norm(path / "pre_layrnorm", size, shape.eps),
            layers: Layers::new(path, &shape)?,
            post_norm: layer_norm(path / "post_layernorm", size, shape.eps),
            projection: projection.map(|(path, dim)| linear(path, size, dim, false)),
        })
    }
}

impl ImageEncoder for Vision {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let hidden = self.pre_norm.forward(&self.embeddings.forward(pixels));
        let hidden = self.layers.forward(hidden, &AttentionMask::new(None), train);
        let pooled = self.post_norm.forward(&hidden.select(1, 0));
        match &self.projection {
            Some(projection) => projection.forward(&pooled),
            None => pooled,
        }
    }

    fn classify(&self, _pixels: &Tensor, _train: bool) -> Option<Tensor> {
        None
    }
}
