//! DeiT (<https://arxiv.org/abs/2012.12877>): ViT with a second token, taught by another model; and its successor without one
//! (<https://arxiv.org/abs/2204.07118>). Names and arithmetic as `transformers`' DeiTModel, DeiTForImageClassification and
//! DeiTForImageClassificationWithTeacher, and timm's VisionTransformerDistilled.

use tch::nn::Path;

use super::blocks::linear;
use super::labels::classes;
use super::networks::{Head, Pooling, ViT, VisionTransformerShape};
use super::timm::names;
use super::vit;
use super::vit_variant::{Variant, BASE, HUGE, LARGE, MEDIUM, SMALL, TINY};
use super::{vit_timm, Build, Config, Family, ImageEncoder, TimmFamily, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "deit",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["deit."],
        heads: &["pooler.", "embeddings.mask_token", "decoder."],
        buffers: &[],
    },
};

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(VARIANTS),
    build: |path, config, architecture| vit_timm::build(path, config, VARIANTS, architecture),
    names: vit_timm::WEIGHTS,
};

const VARIANTS: &[(&str, Variant); 16] = &[
    ("deit3_base_patch16_224", BASE.scaled().free()),
    ("deit3_base_patch16_384", BASE.scaled().free()),
    ("deit3_huge_patch14_224", HUGE.patch(14).scaled().free()),
    ("deit3_large_patch16_224", LARGE.scaled().free()),
    ("deit3_large_patch16_384", LARGE.scaled().free()),
    ("deit3_medium_patch16_224", MEDIUM.scaled().free()),
    ("deit3_small_patch16_224", SMALL.scaled().free()),
    ("deit3_small_patch16_384", SMALL.scaled().free()),
    ("deit_base_distilled_patch16_224", BASE.distilled()),
    ("deit_base_distilled_patch16_384", BASE.distilled()),
    ("deit_base_patch16_224", BASE),
    ("deit_base_patch16_384", BASE),
    ("deit_small_distilled_patch16_224", SMALL.distilled()),
    ("deit_small_patch16_224", SMALL),
    ("deit_tiny_distilled_patch16_224", TINY.distilled()),
    ("deit_tiny_patch16_224", TINY),
];

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    let shape = VisionTransformerShape {
        tokens: vec![("embeddings.cls_token", 1), ("embeddings.distillation_token", 1)],
        positioned: 2,
        ..vit::read_shape(config, 16, 1e-12)?
    };
    let model = ViT::new(path, config, &vit::NAMES, &shape, Pooling::Class)?;
    // Two heads' names end in one head's.
    let two = classes(config, "distillation_classifier.weight")?;
    let one = classes(config, "classifier.weight")?;
    Ok(Box::new(match two {
        Some(_) => model.with_head(path, config, two, |path, width, classes| {
            let head = |name: &str| linear(path / name, width, classes, true);
            Head::Two(head("cls_classifier"), head("distillation_classifier"))
        })?,
        None => model.with_head(path, config, one, vit::classifier)?,
    }))
}
