//! Two encoders that bring texts and images into one space, and how such vectors are compared.

use tch::Tensor;

use super::{Facts, ImageEncoder};

/// An encoder of texts that gives one vector for each.
pub trait TextTower {
    fn facts(&self) -> &Facts;

    /// Values in a vector: as many as the images' have.
    fn dim(&self) -> i64;

    /// How tokens become one vector, in the field's words: "end of text token" …
    fn pooling(&self) -> &'static str;

    /// Whether every text is filled up to the most tokens, as the model was trained; otherwise padding changes nothing.
    fn padded(&self) -> bool;

    /// The vectors, (batch, dim), of ids, (batch, tokens) of int64.
    fn embed(&self, ids: &Tensor, train: bool) -> Tensor;
}

/// How the scores of one image's labels become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// One of the labels fits.
    Softmax,
    /// Each label fits or does not.
    Sigmoid,
}

/// A score is the cosine of an image's and a text's vector, times e to the scale, plus the bias. Both are variables.
pub struct Scores {
    pub logit_scale: Tensor,
    pub logit_bias: Option<Tensor>,
    pub scoring: Scoring,
}

/// CLIP (<https://arxiv.org/abs/2103.00020>) and its descendants.
pub struct DualEncoder {
    pub text: Box<dyn TextTower>,
    pub image: Box<dyn ImageEncoder>,
    pub scores: Scores,
}
