//! Pictures and labels nobody trained for → how well each label fits each picture.

use std::sync::Arc;

use super::embed::{self, EmbedOptions, Normalize};
use super::options::{activate, fill, TaskOptions};
use crate::control::Call;
use crate::error::Result;
use crate::image::Picture;
use crate::model::Model;

/// pictures.len() × labels.len() scores, a row for each picture. With softmax a row sums to 1.
pub fn images(
    model: &Arc<Model>,
    pictures: Vec<Picture>,
    labels: Vec<String>,
    options: &TaskOptions,
    call: &Call,
) -> Result<Vec<f32>> {
    let how = model.zero_shot()?;
    let template = match options.template.as_str() {
        "" => &how.template,
        given => given,
    };
    let sentences = labels.iter().map(|label| fill(template, label));
    let sentences = sentences.collect::<Result<Vec<_>>>()?;
    if pictures.is_empty() || sentences.is_empty() {
        return Ok(Vec::new());
    }
    let unit = EmbedOptions {
        normalize: Normalize::Yes,
        // The template is the prompt.
        prompt: "@".into(),
        ..Default::default()
    };
    let texts = embed::texts(model, sentences, &unit, call)?;
    let images = embed::images(
        model,
        pictures,
        &EmbedOptions {
            prompt: String::new(),
            ..unit
        },
        call,
    )?;
    let dim = model.dim().max(1);
    let activation = options.activation.unwrap_or(how.activation);
    let mut scores = Vec::new();
    for image in images.chunks_exact(dim) {
        let logit = |text: &[f32]| {
            let cosine: f64 = image.iter().zip(text).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            (cosine * how.scale + how.bias) as f32
        };
        let mut row: Vec<f32> = texts.chunks_exact(dim).map(logit).collect();
        activate(activation, &mut row);
        scores.extend(row);
    }
    Ok(scores)
}
