//! What every image encoder is: what it reads, what it gives, and what callers have to know of it.

use tch::Tensor;

/// What callers have to know of an encoder of images.
pub struct ImageFacts {
    /// Values in an embedding.
    pub dim: i64,
    /// What its embedding is, in the field's words: "global average pooling", "CLS token", "projection of the CLS token" …
    pub embedding: &'static str,
    /// Classes that its head tells apart; `None`: it has no head.
    pub classes: Option<i64>,
    pub sizes: Sizes,
}

/// The pictures it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// Those of this height and width.
    Only(i64, i64),
    /// Those whose sides are multiples of `step` and at least `least`.
    Any { step: i64, least: i64 },
}

impl Sizes {
    pub fn accept(&self, height: i64, width: i64) -> bool {
        match *self {
            Sizes::Only(h, w) => (h, w) == (height, width),
            Sizes::Any { step, least } => [height, width].iter().all(|side| side % step == 0 && *side >= least),
        }
    }
}

/// An encoder of images. Traces must serve every batch; height and width are a trace's own, so a definition may look at them.
pub trait ImageEncoder {
    fn facts(&self) -> &ImageFacts;

    /// The embeddings, (batch, dim), of normalised pixels, (batch, 3, height, width).
    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor;

    /// The logits of its head, (batch, classes); `None` without one.
    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor>;
}
