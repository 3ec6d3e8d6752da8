//! Families that bring texts and images into one space, one file each.

mod clip;
mod siglip;
mod tower;

use super::family::{Build, Family};
use super::{
    blocks, Config, DualEncoder, Facts, ImageEncoder, ImageFacts, Scores, Scoring, Sizes, TextTower, WeightNames,
};

pub const FAMILIES: &[Family] = &[clip::CLIP, clip::CLIP_VISION, siglip::SIGLIP, siglip::SIGLIP_VISION];
