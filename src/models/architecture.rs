//! The family that a checkpoint's `config.json` names, out of those of texts, of images and of both.

use tch::nn::Path;

use super::blocks::ClassificationHead;
use super::family::{Build, Definition, Family, TimmFamily};
use super::{dual, labels, text, vision, Config, Facts, WeightNames};
use crate::error::{Error, Result};

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
        let variant = vision::today(variant).unwrap_or(variant);
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
                Build::Text { head, .. } if labels::classifies_texts(config) => head,
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
