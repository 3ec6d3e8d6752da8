//! The `config.json` that timm writes beside a model (<https://huggingface.co/docs/timm/hf_hub>): the arguments it was made with
//! stand in `model_args`, what is known of its weights in `pretrained_cfg`; in old repositories the latter is the whole file.

use serde_json::Value;

use super::Config;
use crate::error::{Error, Result};

/// Arguments that every family reads.
const COMMON: &[&str] = &["num_classes", "in_chans", "global_pool", "drop_rate"];

/// ImageNet's, which timm's models have unless told otherwise.
const CLASSES: i64 = 1000;
const IMAGE: i64 = 224;

pub struct TimmConfig<'a> {
    /// The arguments of `timm.create_model`.
    pub arguments: Config<'a>,
    /// Classes of the head; `None`: it has none.
    pub classes: Option<i64>,
    /// Before the head.
    pub dropout: f64,
    weights: Config<'a>,
}

impl<'a> TimmConfig<'a> {
    /// `known`: the arguments that the family reads beside the common ones. Others are refused, for they change a model.
    pub fn read(config: &Config<'a>, known: &[&str], pool: &str) -> Result<Self> {
        let arguments = config.part("model_args")?;
        let weights = match config.get("pretrained_cfg") {
            Some(_) => config.part("pretrained_cfg")?,
            None => config.clone(),
        };
        let is_known = |name: &str| COMMON.contains(&name) || known.contains(&name);
        let given = |name: &&str| arguments.get(name).is_some();
        if let Some(name) = arguments.names().filter(given).find(|name| !is_known(name)) {
            return Err(Error::Unsupported(format!(
                "config.json: model_args.{name} is not implemented for this architecture; these are: {}",
                [COMMON, known].concat().join(", ")
            )));
        }
        arguments.only("global_pool", pool)?;
        match (
            arguments.get("in_chans"),
            weights.get("input_size").and_then(|size| size.get(0)),
        ) {
            (None, Some(channels)) if *channels != 3 => return Err(weights.wrong("input_size", "that of 3 channels")),
            _ => arguments.only("in_chans", 3)?,
        }
        // Beside the arguments, the file's own goes before that of the weights.
        let counted = first_told(
            [&arguments, first_told([config, &weights], "num_classes")],
            "num_classes",
        );
        let classes = match counted.get("num_classes") {
            Some(_) => counted.integer("num_classes", CLASSES)?,
            None => CLASSES,
        };
        Ok(TimmConfig {
            classes: match classes {
                0 => None,
                1.. => Some(classes),
                _ => return Err(counted.wrong("num_classes", "0 or more")),
            },
            dropout: arguments.dropout("drop_rate", 0.)?,
            arguments,
            weights,
        })
    }

    /// How the model pools, where a variant's own way may be overridden.
    pub fn pool(config: &Config<'a>, own: &'a str) -> Result<&'a str> {
        let arguments = config.part("model_args")?;
        match arguments.get("global_pool") {
            Some(_) => arguments.string("global_pool", None),
            None => Ok(own),
        }
    }

    /// Height and width of the pictures that a model is made for whose arithmetic is tied to them.
    pub fn image_size(&self) -> Result<(i64, i64)> {
        let weights = &self.weights;
        if self.arguments.get("img_size").is_some() {
            return self.arguments.height_and_width("img_size", IMAGE);
        }
        let side = |size: &Value, i: usize| size.get(i)?.as_i64().filter(|n| (1..=1 << 24).contains(n));
        match weights.get("input_size") {
            Some(size) if weights.flag("fixed_input_size", false)? => side(size, 1)
                .zip(side(size, 2))
                .ok_or_else(|| weights.wrong("input_size", "three positive whole numbers")),
            _ => Ok((IMAGE, IMAGE)),
        }
    }
}

/// The one that has the field, the first if both have.
fn first_told<'c, 'a>([first, second]: [&'c Config<'a>; 2], name: &str) -> &'c Config<'a> {
    match first.get(name) {
        Some(_) => first,
        None => second,
    }
}

/// The names of a family's variants, in which timm's models differ.
pub const fn names<T, const N: usize>(variants: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut i = 0;
    while i < N {
        names[i] = variants[i].0;
        i += 1;
    }
    names
}

/// The variant of that name.
pub fn variant<'v, T>(variants: &'v [(&'static str, T)], architecture: &str) -> Result<&'v T> {
    let found = variants.iter().find(|(name, _)| *name == architecture);
    found
        .map(|(_, variant)| variant)
        .ok_or_else(|| Error::Internal(format!("{architecture} is listed, but none of the variants")))
}
