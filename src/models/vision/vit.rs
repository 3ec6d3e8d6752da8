//! ViT (<https://arxiv.org/abs/2010.11929>): its class token stands for the picture. Names and arithmetic as `transformers`'
//! ViTModel and ViTForImageClassification.

use tch::nn::Path;

use super::blocks::{linear, PreNormNames, PreNormShape, Qkv};
use super::labels::classes;
use super::networks::{Head, Pooling, ViT, VisionTransformerNames, VisionTransformerShape};
use super::{Build, Config, Family, ImageEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "vit",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["vit."],
        heads: &["pooler.", "embeddings.mask_token", "decoder."],
        buffers: &[],
    },
};

pub const NAMES: VisionTransformerNames = VisionTransformerNames {
    patch_embedding: "embeddings.patch_embeddings.projection",
    positions: "embeddings.position_embeddings",
    // It has none.
    norm_before: "",
    layers: "encoder.layer",
    layer: PreNormNames {
        norm1: "layernorm_before",
        qkv: Qkv::Separate([
            "attention.attention.query",
            "attention.attention.key",
            "attention.attention.value",
        ]),
        attention_output: "attention.output.dense",
        norm2: "layernorm_after",
        fc1: "intermediate.dense",
        fc2: "output.dense",
        scale1: None,
        scale2: None,
    },
    norm_behind: "layernorm",
};

/// What `config.json` says in ViT's words; `patch`, `eps`: where it does not say them. The tokens are left to the family.
pub fn read_shape<'a>(config: &Config<'a>, patch: i64, eps: f64) -> Result<VisionTransformerShape<'a>> {
    config.only("num_channels", 3)?;
    let hidden_size = config.size("hidden_size", Some(768))?;
    let heads = config.size("num_attention_heads", Some(12))?;
    config.only("head_dim", hidden_size / heads)?;
    let dropout = config.dropout("hidden_dropout_prob", 0.)?;
    Ok(VisionTransformerShape {
        image: config.height_and_width("image_size", 224)?,
        patch: config.size("patch_size", Some(patch))?,
        patch_bias: true,
        tokens: Vec::new(),
        positioned: 0,
        antialias: false,
        norm_before: false,
        norm_behind: true,
        dropout,
        layers: config.size("num_hidden_layers", Some(12))?,
        rising_drop_path: false,
        layer: PreNormShape {
            hidden_size,
            heads,
            intermediate_size: config.size("intermediate_size", Some(3072))?,
            activation: config.string("hidden_act", Some("gelu"))?,
            gated: false,
            eps: config.positive("layer_norm_eps", eps)?,
            qkv_bias: config.flag("qkv_bias", true)?,
            attention_dropout: config.dropout("attention_probs_dropout_prob", 0.)?,
            activation_dropout: 0.,
            output_dropout: dropout,
            drop_path: 0.,
        },
    })
}

/// One product over the embedding, as checkpoints of task models call it.
pub fn classifier(path: &Path, width: i64, classes: i64) -> Head {
    Head::Pooled(linear(path / "classifier", width, classes, true))
}

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    let shape = VisionTransformerShape {
        tokens: vec![("embeddings.cls_token", 1)],
        positioned: 1,
        ..read_shape(config, 16, 1e-12)?
    };
    let model = ViT::new(path, config, &NAMES, &shape, Pooling::Class)?;
    let classes = classes(config, "classifier.weight")?;
    Ok(Box::new(model.with_head(path, config, classes, classifier)?))
}
