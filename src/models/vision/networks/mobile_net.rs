//! A network of inverted residuals, as MobileNetV2 (<https://arxiv.org/abs/1801.04381>), MobileNetV3
//! (<https://arxiv.org/abs/1905.02244>) and EfficientNet (<https://arxiv.org/abs/1905.11946>) are: a stem, the blocks, a
//! convolution that widens, global pooling, a head.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{
    at, dropout, linear, Activation, ConvNorm, ConvNormNames, ConvNormShape, InvertedResidual, InvertedResidualShape,
};
use super::{Config, ImageEncoder, ImageFacts, Sizes};
use crate::error::Result;

#[derive(Clone, Copy)]
pub enum GlobalPool {
    Mean,
    Max,
}

/// A product behind the pooling: MobileNetV3 widens there, where it costs little.
#[derive(Clone, Copy)]
pub struct PooledProduct<'a> {
    pub name: &'a str,
    pub output: i64,
    pub bias: bool,
    pub activation: Activation,
}

pub struct MobileNetShape<'a> {
    pub stem: (ConvNormNames<'a>, ConvNormShape),
    /// Each under its path.
    pub blocks: Vec<(String, InvertedResidualShape)>,
    /// Behind the blocks.
    pub convolutions: Vec<(ConvNormNames<'a>, ConvNormShape)>,
    pub pool: GlobalPool,
    pub product: Option<PooledProduct<'a>>,
    pub dropout: f64,
    /// Of the head; `None`: there is none.
    pub classes: Option<i64>,
}

pub struct MobileNet {
    stem: ConvNorm,
    blocks: Vec<InvertedResidual>,
    convolutions: Vec<ConvNorm>,
    pool: GlobalPool,
    product: Option<(nn::Conv2D, Activation)>,
    dropout: f64,
    classifier: Option<nn::Linear>,
    facts: ImageFacts,
}

impl MobileNet {
    pub fn new(path: &Path, config: &Config, shape: &MobileNetShape) -> Result<Self> {
        let wide = shape.convolutions.last().map_or(0, |(_, last)| last.output);
        let dim = shape.product.map_or(wide, |product| product.output);
        let mut sizes: Vec<[i64; 4]> = shape.blocks.iter().flat_map(|(_, block)| block.sizes()).collect();
        let convolutions = shape.convolutions.iter().chain([&shape.stem]);
        sizes.extend(convolutions.map(|(_, convolution)| convolution.sizes()));
        sizes.extend(shape.product.map(|_| [wide, dim, 1, 1]));
        sizes.extend(shape.classes.map(|classes| [dim, classes, 1, 1]));
        config.affords(&sizes.iter().map(|s| s.as_slice()).collect::<Vec<_>>())?;

        let for_blocks = shape.blocks.iter().rev().fold(1, |n, (_, block)| block.least(n));
        let least = shape.stem.1.least(for_blocks);
        let convolution = |(names, shape): &(ConvNormNames, ConvNormShape)| ConvNorm::new(path, *names, *shape);
        let blocks = shape.blocks.iter();
        let product = shape.product.map(|product| {
            let config = nn::ConvConfig {
                bias: product.bias,
                ..Default::default()
            };
            let conv = nn::conv2d(at(path, product.name), wide, dim, 1, config);
            (conv, product.activation)
        });
        let classifier = |classes| linear(path / "classifier", dim, classes, true);
        Ok(MobileNet {
            stem: convolution(&shape.stem),
            blocks: blocks
                .map(|(name, block)| InvertedResidual::new(&at(path, name), *block))
                .collect(),
            convolutions: shape.convolutions.iter().map(convolution).collect(),
            pool: shape.pool,
            dropout: shape.dropout,
            classifier: shape.classes.map(classifier),
            facts: ImageFacts {
                dim,
                embedding: match (&product, shape.pool) {
                    (Some(_), _) => "global average pooling and the product behind it",
                    (None, GlobalPool::Mean) => "global average pooling",
                    (None, GlobalPool::Max) => "global max pooling",
                },
                classes: shape.classes,
                sizes: Sizes::Any { step: 1, least },
            },
            product,
        })
    }
}

impl ImageEncoder for MobileNet {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let x = self.stem.forward(pixels, train);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(&x, train));
        let convolutions = self.convolutions.iter();
        let features = convolutions.fold(x, |x, convolution| convolution.forward(&x, train));
        let mut pooled = match self.pool {
            GlobalPool::Mean => features.adaptive_avg_pool2d([1, 1]),
            GlobalPool::Max => features.amax([2, 3].as_slice(), true),
        };
        if let Some((product, activation)) = &self.product {
            pooled = activation.apply(&product.forward(&pooled));
        }
        pooled.flatten(1, -1)
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let classifier = self.classifier.as_ref()?;
        let embedding = dropout(self.embed(pixels, train), self.dropout, train);
        Some(classifier.forward(&embedding))
    }
}
