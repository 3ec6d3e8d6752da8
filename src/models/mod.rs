//! The architectures, each written once, plainly, with its weights named as checkpoints name them.
//!
//! A definition trains (`train` turns dropout on) and traces; it knows nothing of files, threads or speed. A new family is
//! one file in [`text`], [`vision`] or [`dual`] over the shared [`blocks`], and a line in that folder's list.

pub mod blocks;
mod config;
pub mod dual;
mod dual_encoder;
mod image_encoder;
mod labels;
mod names;
pub mod sentence;
pub mod text;
mod text_classifier;
mod text_encoder;
pub mod vision;

pub use config::{Config, Stored};
pub use dual_encoder::{DualEncoder, Scores, Scoring, TextTower};
pub use image_encoder::{ImageEncoder, ImageFacts, Sizes};
pub use names::{must_be_stored, WeightNames};
pub use text_classifier::{HeadedEncoder, TextClassifier};
pub use text_encoder::{Facts, TextEncoder, TextInput};

use serde_json::Value;
use tch::nn::Path;

use crate::error::{Error, Result};
use blocks::{ClassificationHead, HeadShape};

/// How a family's definition is built from `config.json`, its variables under the path.
pub enum Build {
    Text {
        encoder: fn(&Path, &Config) -> Result<Box<dyn TextEncoder>>,
        /// What `transformers` puts on it to classify texts.
        head: fn(&Config) -> Result<HeadShape>,
    },
    /// What does nothing but classify texts.
    Classifier(fn(&Path, &Config) -> Result<Box<dyn TextClassifier>>),
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
    Classifier(Box<dyn TextClassifier>),
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
                Build::Text { encoder, .. } => Definition::Text(encoder(path, config)?),
                Build::Classifier(build) => Definition::Classifier(build(path, config)?),
                Build::Image(build) => Definition::Image(build(path, config)?),
                Build::Dual(build) => Definition::Dual(Box::new(build(path, config)?)),
            },
        })
    }

    /// The head that classifies texts, its variables beside the encoder's, if the checkpoint is one of a
    /// …ForSequenceClassification and its weights have it.
    pub fn head(&self, path: &Path, config: &Config, encoder: &Facts) -> Result<Option<ClassificationHead>> {
        let head = match &self.by {
            By::Transformers(family) => match family.build {
                Build::Text { head, .. } if classifies_texts(config) => head,
                _ => return Ok(None),
            },
            By::Timm(_) => return Ok(None),
        };
        let shape = head(config)?;
        let classes = labels::classes(config, &format!("{}.weight", shape.output))?;
        classes
            .map(|classes| ClassificationHead::new(path, config, &shape, encoder.hidden_size, classes))
            .transpose()
    }
}

/// Whether the checkpoint was saved from a model with a head for whole texts.
fn classifies_texts(config: &Config) -> bool {
    let architectures = config.get("architectures").and_then(Value::as_array);
    architectures
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|name| name.ends_with("ForSequenceClassification"))
}
