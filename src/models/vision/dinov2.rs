//! DINOv2 (<https://arxiv.org/abs/2304.07193>): ViT with LayerScale, trained without labels, and the same with registers
//! beside its class token (<https://arxiv.org/abs/2309.16588>). Names and arithmetic as `transformers`' Dinov2Model,
//! Dinov2WithRegistersModel and their …ForImageClassification, and timm's; positions are interpolated as each of them does it.

use tch::nn::Path;

use super::blocks::{linear, PreNormNames, PreNormShape};
use super::labels::classes;
use super::networks::{Head, Pooling, ViT, VisionTransformerNames, VisionTransformerShape};
use super::timm::names;
use super::vit;
use super::vit_variant::{Variant, BASE, GATED_GIANT, LARGE, SMALL};
use super::{vit_timm, Build, Config, Family, ImageEncoder, Sizes, TimmFamily, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "dinov2",
    build: Build::Image(|path, config| build(path, config, 14, None)),
    names: WEIGHTS,
};

pub const WITH_REGISTERS: Family = Family {
    model_type: "dinov2_with_registers",
    build: Build::Image(|path, config| build(path, config, 16, Some(config.count("num_register_tokens", 4)?))),
    names: WEIGHTS,
};

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(VARIANTS),
    build: |path, config, architecture| vit_timm::build(path, config, VARIANTS, architecture),
    names: vit_timm::WEIGHTS,
};

const VARIANTS: &[(&str, Variant); 8] = &[
    ("vit_base_patch14_dinov2", BASE.patch(14).scaled().any_size()),
    (
        "vit_base_patch14_reg4_dinov2",
        BASE.patch(14).scaled().registers(4).any_size(),
    ),
    ("vit_giant_patch14_dinov2", GATED_GIANT.patch(14).scaled().any_size()),
    (
        "vit_giant_patch14_reg4_dinov2",
        GATED_GIANT.patch(14).scaled().registers(4).any_size(),
    ),
    ("vit_large_patch14_dinov2", LARGE.patch(14).scaled().any_size()),
    (
        "vit_large_patch14_reg4_dinov2",
        LARGE.patch(14).scaled().registers(4).any_size(),
    ),
    ("vit_small_patch14_dinov2", SMALL.patch(14).scaled().any_size()),
    (
        "vit_small_patch14_reg4_dinov2",
        SMALL.patch(14).scaled().registers(4).any_size(),
    ),
];

const WEIGHTS: WeightNames = WeightNames {
    prefixes: &["dinov2_with_registers.", "dinov2."],
    heads: &["embeddings.mask_token"],
    buffers: &[],
};

const NAMES: VisionTransformerNames = VisionTransformerNames {
    layer: PreNormNames {
        norm1: "norm1",
        norm2: "norm2",
        fc1: "mlp.fc1",
        fc2: "mlp.fc2",
        scale1: Some("layer_scale1.lambda1"),
        scale2: Some("layer_scale2.lambda1"),
        ..vit::NAMES.layer
    },
    ..vit::NAMES
};

const GATED_NAMES: VisionTransformerNames = VisionTransformerNames {
    layer: PreNormNames {
        fc1: "mlp.weights_in",
        fc2: "mlp.weights_out",
        ..NAMES.layer
    },
    ..NAMES
};

/// `patch`: where `config.json` does not say it.
fn build(path: &Path, config: &Config, patch: i64, registers: Option<i64>) -> Result<Box<dyn ImageEncoder>> {
    let shape = vit::read_shape(config, patch, 1e-6)?;
    let hidden_size = shape.layer.hidden_size;
    let fed = (hidden_size as f64 * config.positive("mlp_ratio", 4.)?) as i64;
    config.affords(&[&[hidden_size, fed]])?;
    let gated = config.flag("use_swiglu_ffn", false)?;
    let shape = VisionTransformerShape {
        tokens: vec![
            ("embeddings.cls_token", 1),
            ("embeddings.register_tokens", registers.unwrap_or(0)),
        ],
        positioned: 1,
        antialias: registers.is_some(),
        layer: PreNormShape {
            gated,
            activation: if gated { "silu" } else { shape.layer.activation },
            intermediate_size: if gated { (fed * 2 / 3 + 7) / 8 * 8 } else { fed },
            drop_path: config.dropout("drop_path_rate", 0.)?,
            ..shape.layer
        },
        ..shape
    };
    let names = if gated { &GATED_NAMES } else { &NAMES };
    let mut model = ViT::new(path, config, names, &shape, Pooling::Class)?;
    model.facts.sizes = Sizes::Any {
        step: shape.patch,
        least: shape.patch,
    };
    let classes = classes(config, "classifier.weight")?;
    Ok(Box::new(model.with_head(
        path,
        config,
        classes,
        |path, width, classes| Head::ClassAndMean(linear(path / "classifier", 2 * width, classes, true)),
    )?))
}
