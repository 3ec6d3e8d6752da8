//! What classifies texts: an encoder with a head on it, or a model that does nothing else.

use tch::Tensor;

use super::blocks::ClassificationHead;
use super::{Facts, TextEncoder, TextInput};

/// A classifier of texts.
pub trait TextClassifier {
    fn facts(&self) -> &Facts;

    /// How many classes it tells apart.
    fn classes(&self) -> i64;

    /// The logits: (batch, classes).
    fn classify(&self, input: &TextInput, train: bool) -> Tensor;
}

/// An encoder with a head on it.
pub struct HeadedEncoder<'a> {
    pub encoder: &'a dyn TextEncoder,
    pub head: &'a ClassificationHead,
}

impl TextClassifier for HeadedEncoder<'_> {
    fn facts(&self) -> &Facts {
        self.encoder.facts()
    }

    fn classes(&self) -> i64 {
        self.head.classes()
    }

    fn classify(&self, input: &TextInput, train: bool) -> Tensor {
        let hidden = self.encoder.forward(input, train);
        self.head.forward(&hidden, input.mask, train)
    }
}
