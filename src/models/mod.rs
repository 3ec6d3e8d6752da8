//! The architectures, each written once, plainly, with its weights named as checkpoints name them.
//!
//! A definition trains (`train` turns dropout on) and traces; it knows nothing of files, threads or speed. A new family is
//! one file in [`text`], [`vision`] or [`dual`] over the shared [`blocks`], and a line in that folder's list.

pub mod blocks;
mod config;
pub mod dual;
mod dual_encoder;
mod image_encoder;
mod names;
pub mod sentence;
pub mod text;
mod text_encoder;
pub mod vision;

pub use config::{Config, Stored};
pub use dual_encoder::{DualEncoder, Scores, Scoring, TextTower};
pub use image_encoder::{ImageEncoder, ImageFacts, Sizes};
pub use names::{must_be_stored, WeightNames};
pub use text_encoder::{Facts, TextEncoder, TextInput};

use tch::nn::Path;

use crate::error::{Error, Result};

/// How a family's definition is built from `config.json`, its variables under the path.
pub enum Build {
    Text(fn(&Path, &Config) -> Result<Box<dyn TextEncoder>>),
    Image(fn(&Path, &Config) -> Result<Box<dyn ImageEncoder>>),
    Dual(fn(&Path, &Config) -> Result<DualEncoder>),
}

/// An architecture under `transformers`' names.
pub struct Family {
    pub model_type: &'static str,
    pub build: Build,
    pub names: WeightNames,
}

/// An architecture under timm's names.
pub struct TimmFamily {
    /// Every variant, as `architecture` in `config.json` names it.
    pub architectures: &'static [&'static str],
    /// Given one of these.
    pub build: fn(&Path, &Config, &str) -> Result<Box<dyn ImageEncoder>>,
    pub names: WeightNames,
}

/// A definition, ready for its weights.
pub enum Definition {
    Text(Box<dyn TextEncoder>),
    Image(Box<dyn ImageEncoder>),
    /// Texts and images in one space.
    Dual(Box<DualEncoder>),
}

/// The architecture that a configuration names.
pub struct Architecture {
    /// `model_type`, or timm's `architecture`.
    pub name: &'static str,
    pub names: &'static WeightNames,
    by: By,
}

enum By {
    Transformers(&'static Family),
    Timm(&'static TimmFamily),
}

impl Architecture {
    /// By `model_type`, or by the `architecture` that timm writes instead.
    pub fn of(config: &Config) -> Result<Self> {
        match (config.get("model_type"), config.get("architecture")) {
            (None, Some(_)) => Self::of_timm(config.string("architecture", None)?),
            _ => Self::of_transformers(config.model_type()?),
        }
    }

    fn of_transformers(model_type: &str) -> Result<Self> {
        let families = || [text::FAMILIES, vision::FAMILIES, dual::FAMILIES].into_iter().flatten();
        let found = families().find(|f| f.model_type == model_type);
        let family = found.ok_or_else(|| {
            let known: Vec<_> = families().map(|f| f.model_type).collect();
            Error::Unsupported(format!(
                "config.json: the model_type {model_type:?} is not known; this version knows: {}",
                known.join(", ")
            ))
        })?;
        Ok(Architecture {
            name: family.model_type,
            names: &family.names,
            by: By::Transformers(family),
        })
    }

    fn of_timm(architecture: &str) -> Result<Self> {
        // Old checkpoints have the tag of the weights behind the name: resnet50.a1_in1k.
        let variant = architecture.split('.').next().unwrap_or_default();
        let variants = || {
            vision::TIMM
                .iter()
                .flat_map(|f| f.architectures.iter().map(move |a| (*a, f)))
        };
        let found = variants().find(|(name, _)| *name == variant);
        let (name, family) = found.ok_or_else(|| {
            let known: Vec<_> = variants().map(|(name, _)| name).collect();
            Error::Unsupported(format!(
                "config.json: timm's architecture {architecture:?} is not known; this version knows: {}",
                known.join(", ")
            ))
        })?;
        Ok(Architecture {
            name,
            names: &family.names,
            by: By::Timm(family),
        })
    }

    pub fn build(&self, path: &Path, config: &Config) -> Result<Definition> {
        Ok(match &self.by {
            By::Timm(family) => Definition::Image((family.build)(path, config, self.name)?),
            By::Transformers(family) => match family.build {
                Build::Text(build) => Definition::Text(build(path, config)?),
                Build::Image(build) => Definition::Image(build(path, config)?),
                Build::Dual(build) => Definition::Dual(Box::new(build(path, config)?)),
            },
        })
    }
}
