//! Families of image encoders, one file each: by `transformers`' names, and by timm's, which are torchvision's too.

mod convnext;
mod convnext_timm;
mod deit;
mod dinov2;
mod efficientnet;
mod mobile_rows;
mod mobile_stages;
mod mobilenet_v2;
mod mobilenet_v3;
mod networks;
mod resnet;
mod resnet_timm;
mod stages;
mod swin;
mod swin_timm;
mod timm;
mod timm_renamed;
mod vgg;
mod vit;
mod vit_timm;
mod vit_variant;
mod vit_variants;

use super::family::{Build, Family, TimmFamily};
use super::{blocks, labels, Config, ImageEncoder, ImageFacts, Sizes, WeightNames};

pub use timm_renamed::today;

pub const FAMILIES: &[Family] = &[
    convnext::FAMILY,
    convnext::V2,
    deit::FAMILY,
    dinov2::FAMILY,
    dinov2::WITH_REGISTERS,
    efficientnet::FAMILY,
    mobilenet_v2::FAMILY,
    resnet::FAMILY,
    swin::FAMILY,
    vit::FAMILY,
];

pub const TIMM: &[TimmFamily] = &[
    convnext_timm::TIMM,
    deit::TIMM,
    dinov2::TIMM,
    efficientnet::TIMM,
    mobilenet_v2::TIMM,
    mobilenet_v3::TIMM,
    resnet_timm::TIMM,
    swin_timm::TIMM,
    vgg::TIMM,
    vit_variants::TIMM,
];
