//! Pictures and labels nobody trained for → how well each label fits each picture.

use std::sync::Arc;

use super::embed::{self, EmbedOptions, Normalize};
use super::options::{activate, TaskOptions};
use super::templates;
use crate::bundle::{Activation, ZeroShotManifest};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Model, Task};

/// So many sentences are embedded at once, so that many templates of many labels take no more memory than their vectors do.
const AT_ONCE: usize = 4096;

/// Labels that pictures are compared with, embedded once for any number of pictures.
pub struct ZeroShot<'m> {
    model: &'m Arc<Model>,
    /// One unit vector for each label.
    labels: Vec<f32>,
    scale: f64,
    bias: f64,
    activation: Activation,
}

impl<'m> ZeroShot<'m> {
    pub fn new(model: &'m Arc<Model>, labels: Vec<String>, options: &TaskOptions, call: &Call) -> Result<Self> {
        let how = how(model)?;
        Ok(ZeroShot {
            model,
            labels: directions(model, sentences(how, &labels, options, call)?, labels.len(), call)?,
            scale: how.scale,
            bias: how.bias,
            activation: options.activation.unwrap_or(how.activation),
        })
    }

    /// pictures.len() × labels scores, a row for each picture. With softmax a row sums to 1.
    pub fn scores(&self, pictures: Vec<Picture>, call: &Call) -> Result<Vec<f32>> {
        let dim = self.model.dim().max(1);
        let mut scores = room(pictures.len(), self.labels.len() / dim)?;
        for image in embed::images(self.model, pictures, &unit(""), call)?.chunks_exact(dim) {
            call.check()?;
            let logit = |text: &[f32]| {
                let cosine: f64 = image.iter().zip(text).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                (cosine * self.scale + self.bias) as f32
            };
            let mut row: Vec<f32> = self.labels.chunks_exact(dim).map(logit).collect();
            activate(self.activation, &mut row);
            scores.extend(row);
        }
        Ok(scores)
    }
}

/// The scores of all pictures for all labels.
pub fn images(
    model: &Arc<Model>,
    pictures: Vec<Picture>,
    labels: Vec<String>,
    options: &TaskOptions,
    call: &Call,
) -> Result<Vec<f32>> {
    if pictures.is_empty() || labels.is_empty() {
        return sentences(how(model)?, &labels, options, call).map(|_| Vec::new());
    }
    // Before minutes of computing that would be for nothing.
    room(pictures.len(), labels.len())?;
    ZeroShot::new(model, labels, options, call)?.scores(pictures, call)
}

/// How the model compares texts with pictures.
fn how(model: &Model) -> Result<&ZeroShotManifest> {
    model.offers(Task::ZeroShotImages)?;
    let how = model.manifest().zero_shot.as_ref();
    how.ok_or_else(|| Error::Internal("a model of texts and pictures does not say how it compares them".into()))
}

/// The labels in their templates.
fn sentences(how: &ZeroShotManifest, labels: &[String], options: &TaskOptions, call: &Call) -> Result<Vec<String>> {
    templates::sentences(labels, &options.templates, &how.template, call)
}

/// A unit vector for each of the `n` labels, whose sentences stand side by side: their own, or the mean of theirs, as CLIP's authors average
/// templates (<https://arxiv.org/abs/2103.00020>, 3.1.4).
fn directions(model: &Arc<Model>, sentences: Vec<String>, n: usize, call: &Call) -> Result<Vec<f32>> {
    let each = sentences.len() / n.max(1);
    if each == 1 {
        return embed::texts(model, sentences, &unit("@"), call);
    }
    let dim = model.dim().max(1);
    let mut directions = Vec::new();
    let room = n
        .checked_mul(dim)
        .filter(|all| directions.try_reserve_exact(*all).is_ok());
    room.ok_or_else(|| Error::OutOfMemory(format!("no memory for the vectors of {n} labels")))?;
    let labels_at_once = (AT_ONCE / each.max(1)).max(1);
    let mut sentences = sentences.into_iter();
    loop {
        let some: Vec<String> = sentences.by_ref().take(labels_at_once * each).collect();
        if some.is_empty() {
            return Ok(directions);
        }
        for vectors in embed::texts(model, some, &unit("@"), call)?.chunks_exact(each * dim) {
            let mut sum = vec![0.; dim];
            for vector in vectors.chunks_exact(dim) {
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            }
            // The mean points where the sum does.
            embed::normalize(&mut sum);
            directions.extend(sum);
        }
    }
}

/// `prompt`: "@" is none, for the template is what stands before a label.
fn unit(prompt: &str) -> EmbedOptions {
    EmbedOptions {
        normalize: Normalize::Yes,
        prompt: prompt.into(),
        ..Default::default()
    }
}

fn room(pictures: usize, labels: usize) -> Result<Vec<f32>> {
    let mut scores = Vec::new();
    let fits = pictures
        .checked_mul(labels)
        .is_some_and(|all| scores.try_reserve_exact(all).is_ok());
    match fits {
        true => Ok(scores),
        false => Err(Error::OutOfMemory(format!(
            "no memory for the scores of {pictures} pictures for {labels} labels"
        ))),
    }
}
