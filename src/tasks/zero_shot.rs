//! Pictures and labels nobody trained for → how well each label fits each picture.

use std::sync::Arc;

use super::embed::{self, EmbedOptions, Normalize};
use super::options::{activate, fill, TaskOptions};
use crate::control::Call;
use crate::error::{Error, Result};
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
    let sentences = labels
        .iter()
        .map(|label| call.check().and_then(|()| fill(template, label)));
    let sentences = sentences.collect::<Result<Vec<_>>>()?;
    if pictures.is_empty() || sentences.is_empty() {
        return Ok(Vec::new());
    }
    let (n, m) = (pictures.len(), sentences.len());
    let mut scores = Vec::new();
    // Before minutes of computing that would be for nothing.
    let room = n.checked_mul(m).filter(|all| scores.try_reserve_exact(*all).is_ok());
    room.ok_or_else(|| Error::OutOfMemory(format!("no memory for the scores of {n} pictures for {m} labels")))?;
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
    for image in images.chunks_exact(dim) {
        call.check()?;
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
