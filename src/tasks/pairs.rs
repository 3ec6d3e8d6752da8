//! Pairs of texts → logits, and what a cross-encoder makes of them: how well the two go together.

use std::sync::Arc;

use super::embed::joined;
use super::options::{activate, TaskOptions};
use super::tokens;
use crate::bundle::Activation;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::model::{Model, Task, TextItem};
use crate::text::Cut;

/// Two texts; many pairs may share one.
pub type Pair = (Arc<String>, Arc<String>);

/// One score for each pair, in their order.
pub fn score(model: &Arc<Model>, pairs: Vec<Pair>, options: &TaskOptions, call: &Call) -> Result<Vec<f32>> {
    model.offers(Task::ScorePairs)?;
    let manifest = model.text()?.manifest();
    let activation = options.activation.or(manifest.score).unwrap_or(Activation::None);
    if activation == Activation::Softmax {
        return Err(Error::InvalidArgument(
            "softmax was asked for, but of one logit it is always 1; ask for the model's activation, none or sigmoid"
                .into(),
        ));
    }
    // As CrossEncoder does: a default prompt stands before the first text.
    let prompt = manifest
        .default_prompt_name
        .as_ref()
        .and_then(|name| manifest.prompts.get(name));
    let prompt = prompt.cloned().unwrap_or_default();
    let rows = logits(model, pairs, prompt, Cut::LongestFirst, call)?;
    let scores = rows.into_iter().flat_map(|mut row| {
        activate(activation, &mut row);
        row
    });
    Ok(scores.collect())
}

/// The head's logits, a row for each pair.
pub(super) fn logits(
    model: &Arc<Model>,
    pairs: Vec<Pair>,
    prompt: String,
    cut: Cut,
    call: &Call,
) -> Result<Vec<Vec<f32>>> {
    let head = model.text_head()?;
    let tokenizer = model.text()?.tokenizer().clone();
    let items = tokens::items(pairs, call, move |(first, second)| {
        let tokens = match prompt.as_str() {
            "" => tokenizer.encode_pair(first, second, cut)?,
            prompt => tokenizer.encode_pair(&joined(prompt, first)?, second, cut)?,
        };
        Ok(TextItem::new(tokens))
    })?;
    head.queue.submit(items, call)
}
