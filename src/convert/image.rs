//! The image side of a bundle: the part of the manifest about pictures, and its methods.

use serde_json::{Map, Value as Json};
use tch::{Kind, Tensor};

use super::classes;
use super::tracer::Tracer;
use crate::bundle::{Activation, ClassesManifest, ImageManifest, ZeroShotManifest, CLASSIFY_IMAGE, EMBED_IMAGE};
use crate::error::{Error, Result};
use crate::image::{imagenet, preprocessing_of};
use crate::models::{ImageEncoder, ImageFacts, Scores, Scoring, Sizes};
use crate::source::Checkpoint;

/// What `transformers`' zero-shot pipeline for images puts a label into.
const TEMPLATE: &str = "This is a photo of {}.";

/// Whatever turns pictures into this model's vectors and labels but stands in no weight.
pub fn manifest(checkpoint: &Checkpoint, facts: &ImageFacts, size: Option<(u32, u32)>) -> Result<ImageManifest> {
    let mut preprocessing = preprocessing_of(checkpoint.config(), &|name| checkpoint.transformer(name))?;
    if let Some((height, width)) = size {
        accept(facts.sizes, height, width, Error::InvalidArgument)?;
        preprocessing = preprocessing.sized(height, width)?;
    }
    let Some((height, width)) = preprocessing.output() else {
        return Err(Error::Unsupported(
            "the model's preprocessing leaves pictures of any shape, but a batch needs one: set the option image_size"
                .into(),
        ));
    };
    accept(facts.sizes, height, width, Error::BadModel)?;
    Ok(ImageManifest {
        dim: facts.dim as usize,
        embedding: facts.embedding.into(),
        height,
        width,
        preprocessing,
        classes: facts.classes.map(|n| classes(checkpoint.config(), n as usize)),
    })
}

/// Refuses a size for a model that takes no pictures.
pub fn refuse_size(size: Option<(u32, u32)>, architecture: &str) -> Result<()> {
    match size {
        None => Ok(()),
        Some(_) => Err(Error::InvalidArgument(format!(
            "image_size is set, but this model ({architecture}) takes texts only; leave it out"
        ))),
    }
}

fn accept(sizes: Sizes, height: u32, width: u32, error: fn(String) -> Error) -> Result<()> {
    if sizes.accept(height.into(), width.into()) {
        return Ok(());
    }
    Err(error(match sizes {
        Sizes::Only(h, w) => format!(
            "the model takes pictures of {h}×{w} only, not of {height}×{width}; ResNet, ConvNeXt, EfficientNet and DINOv2 take other sizes"
        ),
        Sizes::Any { step: 1, least } => format!(
            "the model takes pictures whose sides have at least {least} pixels, not {height}×{width}"
        ),
        Sizes::Any { step, least } => format!(
            "the model takes pictures whose sides are multiples of {step} and at least {least}, not {height}×{width}"
        ),
    }))
}

/// The names that the checkpoint has for its classes, or ImageNet's for as many as those are, or numbers.
fn classes(config: &Map<String, Json>, n: usize) -> ClassesManifest {
    let field = |name: &str| config.get(name).or_else(|| config.get("pretrained_cfg")?.get(name));
    // timm's, and under the name that old repositories have for it; an object, where numbers are left out.
    let names = field("label_names").or_else(|| field("labels"));
    let listed = || {
        let ids: Vec<&str> = match names? {
            Json::Array(ids) => ids.iter().map(Json::as_str).collect::<Option<_>>()?,
            Json::Object(ids) => (0..n)
                .map(|i| ids.get(&i.to_string())?.as_str())
                .collect::<Option<_>>()?,
            _ => return None,
        };
        let described = field("label_descriptions").and_then(Json::as_object);
        let name = |id: &&str| described.and_then(|d| d.get(*id)?.as_str()).unwrap_or(id).to_string();
        (ids.len() == n).then(|| ids.iter().map(name).collect())
    };
    // Not for a model that has names of its own, even if they are too few: numbers mislead nobody.
    let imagenet = || {
        let labels = imagenet::labels();
        (labels.len() == n && names.is_none()).then(|| labels.iter().map(|name| name.to_string()).collect())
    };
    let named = None
        .or_else(|| Some((classes::by_id(field("id2label")?, n)?, "id2label")))
        .or_else(|| Some((listed()?, "label_names")))
        .or_else(|| Some((imagenet()?, "ImageNet-1k")));
    classes::manifest(config, n, named)
}

/// How the vectors of the two towers are compared; the weights are loaded.
pub fn zero_shot(scores: &Scores) -> Result<ZeroShotManifest> {
    let number = |name: &str, tensor: &Tensor| {
        let value = tensor
            .f_double_value(&[0])
            .map_err(|e| Error::Internal(format!("reading {name} failed: {e}")))?;
        match value.is_finite() {
            true => Ok(value),
            false => Err(Error::BadModel(format!(
                "the weight {name} is {value}, which no score can be made of"
            ))),
        }
    };
    let scalar = |tensor: &Tensor| tensor.reshape([-1]);
    let bias = scores.logit_bias.as_ref();
    Ok(ZeroShotManifest {
        scale: number("logit_scale", &scalar(&scores.logit_scale))?.exp(),
        bias: bias.map_or(Ok(0.), |bias| number("logit_bias", &scalar(bias)))?,
        activation: match scores.scoring {
            Scoring::Softmax => Activation::Softmax,
            Scoring::Sigmoid => Activation::Sigmoid,
        },
        template: TEMPLATE.into(),
    })
}

pub fn trace(tracer: &mut Tracer, encoder: &dyn ImageEncoder, image: &ImageManifest) -> Result<()> {
    // 2, so that nothing is taken for a batch of one.
    let shape = [2, 3, i64::from(image.height), i64::from(image.width)];
    let example = || [("pixels", Tensor::zeros(shape, (Kind::Float, tch::Device::Cpu)))];
    tracer.add(EMBED_IMAGE, &example(), "embedding", |inputs| {
        Ok(encoder.embed(inputs.required("pixels")?, false).to_kind(Kind::Float))
    })?;
    if image.classes.is_none() {
        return Ok(());
    }
    tracer.add(CLASSIFY_IMAGE, &example(), "logits", |inputs| {
        let logits = encoder.classify(inputs.required("pixels")?, false);
        let logits = logits.ok_or_else(|| Error::Internal("an encoder with classes gave no logits".into()))?;
        Ok(logits.to_kind(Kind::Float))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(config: Json) -> (String, String) {
        let found = classes(config.as_object().unwrap(), 1000);
        (found.labels[1].clone(), found.source)
    }

    #[test]
    fn imagenets_names_are_for_checkpoints_without_any() {
        assert_eq!(labels(json!({})).1, "ImageNet-1k");
        let names: Vec<String> = (0..1000).map(|i| format!("mine{i}")).collect();
        let by_number: Map<String, Json> = names
            .iter()
            .enumerate()
            .map(|(i, name)| (i.to_string(), json!(name)))
            .collect();
        let mine = ("mine1".to_string(), "label_names".to_string());
        for (field, value) in [
            ("label_names", json!(names)),
            ("labels", json!(names)),
            ("label_names", json!(by_number)),
        ] {
            assert_eq!(labels(json!({field: value})), mine, "{field}");
            assert_eq!(labels(json!({"pretrained_cfg": {field: value}})), mine, "{field}");
        }
        assert_eq!(
            labels(json!({"label_names": names[1..]})),
            ("LABEL_1".into(), "none".into())
        );
    }
}
