//! ResNet (<https://arxiv.org/abs/1512.03385>); wider, and with convolutions in groups (<https://arxiv.org/abs/1605.07146>,
//! <https://arxiv.org/abs/1611.05431>); with other stems and shortcuts (<https://arxiv.org/abs/1812.01187>).

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{
    at, dropout, linear, resnet_convolution, rising, Activation, ConvNorm, ConvNormNames, ConvNormShape, ResNetBlock,
    ResNetBlockNames, ResNetBlockShape,
};
use super::{Config, ImageEncoder, ImageFacts, Sizes};
use crate::error::Result;

pub struct ResNetNames {
    /// As many as the stem has convolutions.
    pub stem: &'static [ConvNormNames<'static>],
    /// Where a block is, by its stage and its place in it.
    pub path: fn(usize, i64) -> String,
    pub block: ResNetBlockNames,
    pub head: &'static str,
}

/// Blocks of one resolution.
pub struct ResNetStage {
    pub depth: i64,
    /// Of the first block.
    pub stride: i64,
    /// What its blocks have in common.
    pub block: ResNetBlockShape,
}

pub struct ResNetShape {
    /// Channels of the stem's convolutions: one of 7×7 pixels, or several of 3×3.
    pub stem: Vec<i64>,
    /// Of the stem.
    pub activation: Activation,
    pub stages: Vec<ResNetStage>,
    /// Of the last block; those before have less.
    pub drop_path: f64,
    pub dropout: f64,
    pub classes: Option<i64>,
}

impl ResNetShape {
    /// Channels of what is pooled.
    fn dim(&self) -> i64 {
        self.stages.last().map_or(3, |stage| stage.block.output)
    }

    fn stem(&self) -> Vec<ConvNormShape> {
        let kernel = if self.stem.len() == 1 { 7 } else { 3 };
        let inputs = [3].iter().chain(&self.stem);
        let channels = inputs.zip(&self.stem).enumerate();
        let shape = |(i, (input, output)): (usize, (&i64, &i64))| {
            let stride = if i == 0 { 2 } else { 1 };
            resnet_convolution(*input, *output, kernel, stride, Some(self.activation))
        };
        channels.map(shape).collect()
    }

    /// Of each stage's first block and of one that follows: what it reads, and its stride.
    fn inputs(&self) -> impl Iterator<Item = (&ResNetStage, [(i64, i64); 2])> {
        let stem = self.stem.last().copied().unwrap_or(3);
        let outputs = self.stages.iter().map(|stage| stage.block.output);
        let inputs = [stem].into_iter().chain(outputs);
        let stages = self.stages.iter().zip(inputs);
        stages.map(|(stage, input)| (stage, [(input, stage.stride), (stage.block.output, 1)]))
    }

    fn affordable(&self, config: &Config) -> Result<()> {
        let mut sizes: Vec<Vec<i64>> = self.stem().iter().map(|c| c.sizes().to_vec()).collect();
        for (stage, [(input, stride), (following, _)]) in self.inputs() {
            sizes.extend(stage.block.sizes(input, stride).iter().map(|s| s.to_vec()));
            let repeated = stage.block.sizes(following, 1);
            sizes.extend(repeated.iter().map(|s| [&[stage.depth - 1], &s[..]].concat()));
        }
        sizes.extend(self.classes.map(|classes| vec![self.dim(), classes]));
        config.affords(&sizes.iter().map(|s| &s[..]).collect::<Vec<_>>())
    }
}

pub struct ResNet {
    stem: Vec<ConvNorm>,
    blocks: Vec<ResNetBlock>,
    dropout: f64,
    head: Option<nn::Linear>,
    facts: ImageFacts,
}

impl ResNet {
    pub fn new(path: &Path, config: &Config, names: &ResNetNames, shape: &ResNetShape) -> Result<Self> {
        shape.affordable(config)?;
        let count: i64 = shape.stages.iter().map(|stage| stage.depth).sum();
        let mut blocks = Vec::new();
        for (s, (stage, [first, following])) in shape.inputs().enumerate() {
            for b in 0..stage.depth {
                let (input, stride) = if b == 0 { first } else { following };
                let block = ResNetBlockShape {
                    drop_path: shape.drop_path * rising(blocks.len() as i64, count),
                    ..stage.block
                };
                let path = at(path, &(names.path)(s, b));
                blocks.push(ResNetBlock::new(&path, &names.block, input, stride, block));
            }
        }
        let dim = shape.dim();
        let stem = names.stem.iter().zip(shape.stem());
        Ok(ResNet {
            stem: stem.map(|(names, c)| ConvNorm::new(path, *names, c)).collect(),
            blocks,
            dropout: shape.dropout,
            head: shape
                .classes
                .map(|classes| linear(at(path, names.head), dim, classes, true)),
            facts: ImageFacts {
                dim,
                embedding: "global average pooling",
                classes: shape.classes,
                sizes: Sizes::Any { step: 1, least: 1 },
            },
        })
    }
}

impl ImageEncoder for ResNet {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let stem = self.stem.iter();
        let x = stem.fold(pixels.shallow_clone(), |x, convolution| convolution.forward(&x, train));
        let x = x.max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(&x, train));
        x.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let head = self.head.as_ref()?;
        Some(head.forward(&dropout(self.embed(pixels, train), self.dropout, train)))
    }
}
