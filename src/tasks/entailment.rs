//! Texts and labels nobody trained for → how well each label fits each text, by entailment: a model trained on inference (NLI)
//! says whether the text entails "This example is LABEL." (<https://arxiv.org/abs/1909.00161>). As `transformers`' zero-shot
//! pipeline computes it.

use std::sync::Arc;

use super::options::{activate, fill, TaskOptions};
use super::pairs;
use crate::bundle::Activation;
use crate::control::Call;
use crate::error::Result;
use crate::model::Model;
use crate::text::Cut;

/// What the pipeline puts a label into.
const TEMPLATE: &str = "This example is {}.";

/// texts.len() × labels.len() scores, a row for each text. Softmax: the labels share out 1 by their logits for entailment.
/// Sigmoid: each label by itself, entailment against contradiction; so it is for a single label in any case.
pub fn texts(
    model: &Arc<Model>,
    texts: Vec<String>,
    labels: Vec<String>,
    options: &TaskOptions,
    call: &Call,
) -> Result<Vec<f32>> {
    model.text_head()?;
    let manifest = model.text()?.manifest();
    let classes = manifest.entailment.zip(manifest.contradiction());
    let (entailment, contradiction) = classes.ok_or_else(|| {
        let kind = "a model trained on inference (NLI), one of whose labels begins with \"entail\"";
        model.cannot("fit labels to texts", kind)
    })?;
    let template = match options.template.as_str() {
        "" => TEMPLATE,
        given => given,
    };
    let sentences = labels.iter().map(|label| fill(template, label).map(Arc::from));
    let sentences: Vec<Arc<str>> = sentences.collect::<Result<_>>()?;
    if texts.is_empty() || sentences.is_empty() {
        return Ok(Vec::new());
    }
    let pairs = texts.into_iter().map(Arc::<str>::from).flat_map(|text| {
        let pair = move |sentence: &Arc<str>| (text.clone(), sentence.clone());
        sentences.iter().map(pair)
    });
    let logits = pairs::logits(model, pairs.collect(), String::new(), Cut::First, call)?;
    let activation = match options.activation.unwrap_or(Activation::Softmax) {
        Activation::Softmax if sentences.len() == 1 => Activation::Sigmoid,
        other => other,
    };
    let of = |row: &[f32], class: usize| row.get(class).copied().unwrap_or(f32::NAN);
    let mut scores = Vec::with_capacity(logits.len());
    for rows in logits.chunks(sentences.len()) {
        let mut row: Vec<f32> = rows
            .iter()
            .map(|row| match activation {
                // The softmax of two is the sigmoid of their difference.
                Activation::Sigmoid => of(row, entailment) - of(row, contradiction),
                _ => of(row, entailment),
            })
            .collect();
        activate(activation, &mut row);
        scores.extend(row);
    }
    Ok(scores)
}
