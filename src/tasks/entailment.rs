//! Texts and labels nobody trained for → how well each label fits each text, by entailment: a model trained on inference (NLI)
//! says whether the text entails "This example is LABEL." (<https://arxiv.org/abs/1909.00161>). As `transformers`' zero-shot
//! pipeline computes it.

use std::sync::Arc;

use super::options::{activate, TaskOptions, Template};
use super::pairs;
use crate::bundle::Activation;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::model::{Model, Task};
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
    model.offers(Task::ZeroShotTexts)?;
    let manifest = model.text()?.manifest();
    let classes = manifest.entailment.zip(manifest.contradiction());
    let (entailment, contradiction) =
        classes.ok_or_else(|| Error::Internal("a model trained on inference says nothing of contradiction".into()))?;
    let template = Template::new(&options.template, TEMPLATE)?;
    // Before minutes of computing that would be for nothing.
    let (n, m) = (texts.len(), labels.len());
    let (mut pairs, mut scores) = (Vec::new(), Vec::new());
    let room = n
        .checked_mul(m)
        .filter(|all| pairs.try_reserve_exact(*all).is_ok() && scores.try_reserve_exact(*all).is_ok());
    room.ok_or_else(|| Error::OutOfMemory(format!("no memory for the scores of {n} texts for {m} labels")))?;
    let sentences = labels
        .iter()
        .map(|label| call.check().and_then(|()| template.fill(label)).map(Arc::new));
    let sentences: Vec<Arc<String>> = sentences.collect::<Result<_>>()?;
    for text in texts.into_iter().map(Arc::new) {
        pairs.extend(sentences.iter().map(|sentence| (text.clone(), sentence.clone())));
    }
    if pairs.is_empty() {
        return Ok(scores);
    }
    let logits = pairs::logits(model, pairs, String::new(), Cut::First, call)?;
    let activation = match options.activation.unwrap_or(Activation::Softmax) {
        Activation::Softmax if sentences.len() == 1 => Activation::Sigmoid,
        other => other,
    };
    let of = |row: &[f32], class: usize| row.get(class).copied().unwrap_or(f32::NAN);
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
