//! Texts and pictures → labels.

use std::sync::Arc;

use super::options::{activate, TaskOptions};
use super::{pictures, tokens};
use crate::bundle::ClassesManifest;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Model, Task, TextItem};

/// What a model sees in each item, the likeliest first.
pub struct Predictions {
    classes: Arc<ClassesManifest>,
    items: Vec<Vec<Prediction>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Of the class among the model's.
    pub index: usize,
    pub score: f32,
}

impl Predictions {
    /// One list for each item, in the items' order.
    pub fn items(&self) -> &[Vec<Prediction>] {
        &self.items
    }

    /// The name of a class.
    pub fn label(&self, index: usize) -> Option<&str> {
        self.classes.labels.get(index).map(String::as_str)
    }
}

/// What each text is, by the classes that the model was trained on.
pub fn texts(model: &Arc<Model>, texts: Vec<String>, options: &TaskOptions, call: &Call) -> Result<Predictions> {
    model.offers(Task::ClassifyTexts)?;
    let head = model.text_head()?;
    let tokenizer = model.text()?.tokenizer().clone();
    let items = tokens::items(texts, call, move |text: &String| {
        Ok(TextItem::new(tokenizer.encode(text)?))
    })?;
    let rows = head.queue.submit(items, call)?;
    Ok(predictions(rows, head.classes.clone(), options))
}

pub fn images(model: &Arc<Model>, pictures: Vec<Picture>, options: &TaskOptions, call: &Call) -> Result<Predictions> {
    model.offers(Task::ClassifyImages)?;
    let encoder = model.image()?;
    let head = encoder.classify().zip(encoder.manifest().classes.as_ref());
    let (queue, classes) =
        head.ok_or_else(|| Error::Internal("a model that classifies pictures has no queue for them".into()))?;
    let rows = pictures::rows(queue, encoder.preparation(), pictures, call)?;
    Ok(predictions(rows, Arc::new(classes.clone()), options))
}

fn predictions(rows: Vec<Vec<f32>>, classes: Arc<ClassesManifest>, options: &TaskOptions) -> Predictions {
    let activation = options.activation.unwrap_or(classes.activation);
    let items = rows.into_iter().map(|mut logits| {
        activate(activation, &mut logits);
        best(&logits, options.top_k)
    });
    Predictions {
        items: items.collect(),
        classes,
    }
}

/// The classes by descending score; of equal ones the first comes first.
fn best(scores: &[f32], top_k: usize) -> Vec<Prediction> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let score = |i: usize| scores.get(i).copied().unwrap_or(f32::NAN);
    order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    if top_k > 0 {
        order.truncate(top_k);
    }
    order
        .into_iter()
        .map(|index| Prediction {
            index,
            score: score(index),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_equal_ones_in_their_order() {
        let scores = [0.1, 0.3, 0.3, f32::NEG_INFINITY, 0.2];
        let indices = |k| best(&scores, k).iter().map(|p| p.index).collect::<Vec<_>>();
        assert_eq!(indices(0), [1, 2, 4, 0, 3]);
        assert_eq!(indices(2), [1, 2]);
        assert_eq!(indices(9).len(), 5);
        assert!(best(&[], 3).is_empty());
    }
}
