//! What a family of models is: the names it goes by, and how its definition is built.

use tch::nn::Path;

use super::blocks::HeadShape;
use super::{Config, DualEncoder, ImageEncoder, TextClassifier, TextEncoder, WeightNames};
use crate::error::Result;

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
