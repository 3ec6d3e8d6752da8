//! Texts and labels nobody trained for → how well each label fits each text, by entailment: a model trained on inference (NLI)
//! says whether the text entails "This example is LABEL." (<https://arxiv.org/abs/1909.00161>). As `transformers`' zero-shot
//! pipeline computes it.

use std::sync::Arc;

use super::options::{activate, TaskOptions};
use super::{pairs, templates};
use crate::bundle::Activation;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::model::{Model, Task};
use crate::text::Cut;

/// What the pipeline puts a label into.
const TEMPLATE: &str = "This example is {}.";

/// texts.len() × labels.len() scores, a row for each text. Softmax: the labels share out 1 by their logits for entailment.
/// Sigmoid: each label by itself, entailment against contradiction; so it is for a single label in any case. Of several templates the scores
/// are averaged.
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
    let sentences = templates::sentences(&labels, &options.templates, TEMPLATE, call)?;
    if texts.is_empty() || labels.is_empty() {
        return Ok(Vec::new());
    }
    // Before minutes of computing that would be for nothing.
    let (n, m, each) = (texts.len(), labels.len(), sentences.len() / labels.len());
    let (mut pairs, mut scores) = (Vec::new(), Vec::new());
    let room = n.checked_mul(sentences.len()).filter(|all| {
        // A score is one of each label.
        pairs.try_reserve_exact(*all).is_ok() && scores.try_reserve_exact(n * m).is_ok()
    });
    room.ok_or_else(|| {
        Error::OutOfMemory(format!(
            "no memory for the scores of {n} texts for {m} labels in {each} templates; give fewer at once"
        ))
    })?;
    let sentences: Vec<Arc<String>> = sentences.into_iter().map(Arc::new).collect();
    for text in texts.into_iter().map(Arc::new) {
        pairs.extend(sentences.iter().map(|sentence| (text.clone(), sentence.clone())));
    }
    let logits = pairs::logits(model, pairs, String::new(), Cut::First, call)?;
    let activation = match options.activation.unwrap_or(Activation::Softmax) {
        Activation::Softmax if labels.len() == 1 => Activation::Sigmoid,
        other => other,
    };
    let of = |row: &[f32], class: usize| row.get(class).copied().unwrap_or(f32::NAN);
    // The softmax of two is the sigmoid of their difference.
    let logit = |row: &Vec<f32>| match activation {
        Activation::Sigmoid => of(row, entailment) - of(row, contradiction),
        _ => of(row, entailment),
    };
    for rows in logits.chunks(sentences.len()) {
        let mut sums = vec![0.; labels.len()];
        for template in 0..each {
            let mut row: Vec<f32> = rows.iter().skip(template).step_by(each).map(logit).collect();
            activate(activation, &mut row);
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, score)| *sum += f64::from(score));
        }
        scores.extend(sums.iter().map(|sum| (sum / each as f64) as f32));
    }
    Ok(scores)
}
