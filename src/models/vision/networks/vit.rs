//! An encoder of images out of a Vision Transformer: what stands for the picture, and what reads that.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{dropout, AttentionPooling};
use super::vision_transformer::{VisionTransformer, VisionTransformerNames, VisionTransformerShape};
use super::{Config, ImageEncoder, ImageFacts, Sizes};
use crate::error::Result;

/// How tokens become an embedding.
pub enum Pooling {
    /// The first token.
    Class,
    /// The mean of the first two.
    ClassAndDistillation,
    /// What the patches have in common: their mean, their maximum, or the mean of both.
    Mean,
    Max,
    MeanAndMax,
    /// What a learned query finds in the patches.
    Attention(Box<AttentionPooling>),
}

impl Pooling {
    fn words(&self) -> &'static str {
        match self {
            Pooling::Class => "CLS token",
            Pooling::ClassAndDistillation => "mean of the CLS and the distillation token",
            Pooling::Mean => "mean of the patches",
            Pooling::Max => "maximum of the patches",
            Pooling::MeanAndMax => "mean of the patches' mean and maximum",
            Pooling::Attention(_) => "attention pooling of the patches",
        }
    }
}

/// What gives the logits.
pub enum Head {
    /// Reads the embedding.
    Pooled(nn::Linear),
    /// The mean of two heads' logits: of the class token's and of the distillation token's.
    Two(nn::Linear, nn::Linear),
    /// Reads the class token beside the mean of the patches.
    ClassAndMean(nn::Linear),
}

/// An encoder of images out of a Vision Transformer.
pub struct ViT {
    pub encoder: VisionTransformer,
    /// How many tokens stand before the patches.
    pub others: i64,
    pub pooling: Pooling,
    /// Of the embedding.
    pub norm: Option<nn::LayerNorm>,
    /// Before the head.
    pub dropout: f64,
    pub head: Option<Head>,
    pub facts: ImageFacts,
}

impl ViT {
    /// Without a head.
    pub fn new(
        path: &Path,
        config: &Config,
        names: &VisionTransformerNames,
        shape: &VisionTransformerShape,
        pooling: Pooling,
    ) -> Result<Self> {
        let embedding = pooling.words();
        Ok(ViT {
            encoder: VisionTransformer::new(path, config, names, shape)?,
            others: shape.tokens.iter().map(|(_, count)| count).sum(),
            pooling,
            norm: None,
            dropout: 0.,
            head: None,
            facts: ImageFacts {
                dim: shape.layer.hidden_size,
                embedding,
                classes: None,
                sizes: Sizes::Only(shape.image.0, shape.image.1),
            },
        })
    }

    /// With a head, if it has classes, made by `make` from the path, the width of the tokens, and the number of classes.
    pub fn with_head(self, path: &Path, config: &Config, classes: Option<i64>, make: MakeHead) -> Result<Self> {
        let width = self.facts.dim;
        config.affords(&[&[width, classes.unwrap_or(0)]])?;
        Ok(ViT {
            head: classes.map(|classes| make(path, width, classes)),
            facts: ImageFacts { classes, ..self.facts },
            ..self
        })
    }

    fn patches(&self, tokens: &Tensor) -> Tensor {
        tokens.slice(1, self.others, None, 1)
    }

    fn pool(&self, tokens: &Tensor) -> Tensor {
        let mean = || self.patches(tokens).mean_dim(1, false, None);
        let max = || self.patches(tokens).amax(1, false);
        let pooled = match &self.pooling {
            Pooling::Class => tokens.select(1, 0),
            Pooling::ClassAndDistillation => (tokens.select(1, 0) + tokens.select(1, 1)) / 2,
            Pooling::Mean => mean(),
            Pooling::Max => max(),
            Pooling::MeanAndMax => (max() + mean()) * 0.5,
            Pooling::Attention(pooling) => pooling.forward(&self.patches(tokens)),
        };
        match &self.norm {
            Some(norm) => norm.forward(&pooled),
            None => pooled,
        }
    }
}

type MakeHead = fn(&Path, i64, i64) -> Head;

impl ImageEncoder for ViT {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        self.pool(&self.encoder.forward(pixels, train))
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let head = self.head.as_ref()?;
        let tokens = self.encoder.forward(pixels, train);
        let read = |head: &nn::Linear, x: Tensor| head.forward(&dropout(x, self.dropout, train));
        Some(match head {
            Head::Pooled(head) => read(head, self.pool(&tokens)),
            Head::Two(class, distillation) => {
                (read(class, tokens.select(1, 0)) + read(distillation, tokens.select(1, 1))) / 2
            }
            Head::ClassAndMean(head) => {
                let mean = self.patches(&tokens).mean_dim(1, false, None);
                read(head, Tensor::cat(&[tokens.select(1, 0), mean], 1))
            }
        })
    }
}
