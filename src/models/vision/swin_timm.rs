//! Swin Transformer as timm has it (`timm/models/swin_transformer.py`), and what AutoFormerV2 found among its like
//! (<https://arxiv.org/abs/2111.14725>).

use serde_json::Value;
use tch::nn::Path;

use super::blocks::{PreNormNames, PreNormShape, Qkv, WindowRules};
use super::networks::{Swin, SwinNames, SwinShape, SWIN_EPS};
use super::swin::BUFFERS;
use super::timm::{names, variant, TimmConfig};
use super::{Config, ImageEncoder, TimmFamily, WeightNames};
use crate::error::Result;

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(VARIANTS),
    build,
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: BUFFERS,
    },
};

const NAMES: SwinNames = SwinNames {
    patches: "patch_embed.proj",
    patches_norm: "patch_embed.norm",
    // It has none.
    positions: "",
    stages: "layers",
    layer: PreNormNames {
        norm1: "norm1",
        qkv: Qkv::Fused("attn.qkv"),
        attention_output: "attn.proj",
        norm2: "norm2",
        fc1: "mlp.fc1",
        fc2: "mlp.fc2",
        scale1: None,
        scale2: None,
    },
    table: "attn.relative_position_bias_table",
    merging_first: true,
    norm: "norm",
    head: "head.fc",
};

/// Width of the first stage, then each stage's layers, heads and windows.
struct Variant(i64, [i64; 4], [i64; 4], [i64; 4]);

const VARIANTS: &[(&str, Variant); 9] = &[
    (
        "swin_tiny_patch4_window7_224",
        Variant(96, [2, 2, 6, 2], [3, 6, 12, 24], [7; 4]),
    ),
    (
        "swin_small_patch4_window7_224",
        Variant(96, [2, 2, 18, 2], [3, 6, 12, 24], [7; 4]),
    ),
    (
        "swin_base_patch4_window7_224",
        Variant(128, [2, 2, 18, 2], [4, 8, 16, 32], [7; 4]),
    ),
    (
        "swin_base_patch4_window12_384",
        Variant(128, [2, 2, 18, 2], [4, 8, 16, 32], [12; 4]),
    ),
    (
        "swin_large_patch4_window7_224",
        Variant(192, [2, 2, 18, 2], [6, 12, 24, 48], [7; 4]),
    ),
    (
        "swin_large_patch4_window12_384",
        Variant(192, [2, 2, 18, 2], [6, 12, 24, 48], [12; 4]),
    ),
    (
        "swin_s3_tiny_224",
        Variant(96, [2, 2, 6, 2], [3, 6, 12, 24], [7, 7, 14, 7]),
    ),
    (
        "swin_s3_small_224",
        Variant(96, [2, 2, 18, 2], [3, 6, 12, 24], [14, 14, 14, 7]),
    ),
    (
        "swin_s3_base_224",
        Variant(96, [2, 2, 30, 2], [3, 6, 12, 24], [7, 7, 14, 7]),
    ),
];

/// Arguments that are read beside the common ones.
const ARGUMENTS: &[&str] = &[
    "img_size",
    "patch_size",
    "embed_dim",
    "depths",
    "num_heads",
    "window_size",
    "mlp_ratio",
    "qkv_bias",
    "proj_drop_rate",
    "attn_drop_rate",
    "drop_path_rate",
    "weight_init",
];

fn build(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let Variant(width, depths, heads, windows) = variant(VARIANTS, architecture)?;
    let timm = TimmConfig::read(config, ARGUMENTS, "avg")?;
    let arguments = &timm.arguments;
    let rate = |name: &str, own: f64| arguments.dropout(name, own);
    let depths = arguments.list("depths", depths, 1)?;
    let projected = rate("proj_drop_rate", 0.)?;
    let shape = SwinShape {
        image: timm.image_size()?,
        patch: arguments.size("patch_size", Some(4))?,
        heads: arguments.list("num_heads", heads, 1)?,
        windows: match arguments.get("window_size") {
            Some(Value::Number(_)) => vec![arguments.size("window_size", None)?; depths.len()],
            _ => arguments.list("window_size", windows, 1)?,
        },
        depths,
        mlp_ratio: arguments.positive("mlp_ratio", 4.)?,
        positions: false,
        rules: WindowRules::Timm,
        dropout: 0.,
        head_dropout: timm.dropout,
        layer: PreNormShape {
            hidden_size: arguments.size("embed_dim", Some(*width))?,
            heads: 1,
            intermediate_size: 1,
            activation: "gelu",
            gated: false,
            eps: SWIN_EPS,
            qkv_bias: arguments.flag("qkv_bias", true)?,
            attention_dropout: rate("attn_drop_rate", 0.)?,
            activation_dropout: projected,
            output_dropout: projected,
            drop_path: rate("drop_path_rate", 0.1)?,
        },
    };
    Ok(Box::new(Swin::new(path, config, &NAMES, &shape, timm.classes)?))
}
