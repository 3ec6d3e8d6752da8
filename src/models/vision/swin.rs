//! Swin Transformer (<https://arxiv.org/abs/2103.14030>) by `transformers`' names and arithmetic (SwinModel,
//! SwinForImageClassification).

use tch::nn::Path;

use super::blocks::{PreNormNames, PreNormShape, Qkv, WindowRules};
use super::labels::classes;
use super::networks::{Swin, SwinNames, SwinShape, SWIN_EPS};
use super::{Build, Config, Family, ImageEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "swin",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["swin."],
        heads: &["embeddings.mask_token", "decoder."],
        buffers: BUFFERS,
    },
};

pub const BUFFERS: &[&str] = &["relative_position_index", "attn_mask"];

const NAMES: SwinNames = SwinNames {
    patches: "embeddings.patch_embeddings.projection",
    patches_norm: "embeddings.norm",
    positions: "embeddings.position_embeddings",
    stages: "encoder.layers",
    layer: PreNormNames {
        norm1: "layernorm_before",
        qkv: Qkv::Separate(["attention.self.query", "attention.self.key", "attention.self.value"]),
        attention_output: "attention.output.dense",
        norm2: "layernorm_after",
        fc1: "intermediate.dense",
        fc2: "output.dense",
        scale1: None,
        scale2: None,
    },
    table: "attention.self.relative_position_bias_table",
    merging_first: false,
    norm: "layernorm",
    head: "classifier",
};

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    config.only("num_channels", 3)?;
    let depths = config.list("depths", &[2, 2, 6, 2], 1)?;
    let dropout = config.dropout("hidden_dropout_prob", 0.)?;
    let window = config.size("window_size", Some(7))?;
    let shape = SwinShape {
        image: config.height_and_width("image_size", 224)?,
        patch: config.size("patch_size", Some(4))?,
        heads: config.list("num_heads", &[3, 6, 12, 24], 1)?,
        windows: vec![window; depths.len()],
        depths,
        mlp_ratio: config.positive("mlp_ratio", 4.)?,
        positions: config.flag("use_absolute_embeddings", false)?,
        rules: WindowRules::Transformers,
        dropout,
        head_dropout: 0.,
        layer: PreNormShape {
            hidden_size: config.size("embed_dim", Some(96))?,
            // Heads and what is fed are each stage's own.
            heads: 1,
            intermediate_size: 1,
            activation: config.string("hidden_act", Some("gelu"))?,
            gated: false,
            eps: config.positive("layer_norm_eps", SWIN_EPS)?,
            qkv_bias: config.flag("qkv_bias", true)?,
            attention_dropout: config.dropout("attention_probs_dropout_prob", 0.)?,
            activation_dropout: 0.,
            output_dropout: dropout,
            drop_path: config.dropout("drop_path_rate", 0.1)?,
        },
    };
    let classes = classes(config, "classifier.weight")?;
    Ok(Box::new(Swin::new(path, config, &NAMES, &shape, classes)?))
}
