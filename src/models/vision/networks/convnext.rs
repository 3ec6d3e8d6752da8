//! ConvNeXt (<https://arxiv.org/abs/2201.03545>), a ResNet that took over what vision transformers do differently, and ConvNeXt V2
//! (<https://arxiv.org/abs/2301.00808>).

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{at, dropout, layer_norm, linear, rising, Padding};
use super::blocks::{ConvNeXtBlock, ConvNeXtBlockNames, ConvNeXtBlockShape, EXPANSION};
use super::{Config, ImageEncoder, ImageFacts, Sizes};
use crate::error::Result;

pub struct ConvNeXtNames {
    /// As many as the stem has convolutions.
    pub stem: &'static [&'static str],
    pub stem_norm: &'static str,
    pub stages: &'static str,
    pub downsample_norm: &'static str,
    pub downsample: &'static str,
    pub blocks: &'static str,
    pub block: ConvNeXtBlockNames,
    pub norm: &'static str,
    pub product: &'static str,
    pub head: &'static str,
}

/// A convolution of the stem.
pub struct ConvNeXtStem {
    pub output: i64,
    pub kernel: i64,
    pub stride: i64,
    /// Zeros on each side.
    pub padding: i64,
}

impl ConvNeXtStem {
    /// Each patch becomes a pixel.
    pub fn patches(output: i64, patch: i64) -> Self {
        ConvNeXtStem {
            output,
            kernel: patch,
            stride: patch,
            padding: 0,
        }
    }
}

pub struct ConvNeXtStage {
    pub depth: i64,
    /// What its blocks have in common.
    pub block: ConvNeXtBlockShape,
}

pub struct ConvNeXtShape {
    pub stem: Vec<ConvNeXtStem>,
    pub stages: Vec<ConvNeXtStage>,
    /// Of the norms outside blocks; the last one's may be its own.
    pub eps: f64,
    pub last_eps: f64,
    /// Whether the last norm stands before the pooling.
    pub norm_first: bool,
    /// Width of a product behind the pooling.
    pub product: Option<i64>,
    /// Of the last block; those before have less.
    pub drop_path: f64,
    pub dropout: f64,
    pub classes: Option<i64>,
}

impl ConvNeXtShape {
    /// Channels of the last stage, and of the embedding.
    fn widths(&self) -> (i64, i64) {
        let last = self.stages.last().map_or(0, |stage| stage.block.channels);
        (last, self.product.unwrap_or(last))
    }

    fn affordable(&self, config: &Config) -> Result<()> {
        let (last, dim) = self.widths();
        let channels = || self.stages.iter().map(|stage| stage.block.channels);
        let stem = [3].into_iter().chain(self.stem.iter().map(|c| c.output));
        let mut sizes: Vec<_> = stem
            .zip(&self.stem)
            .map(|(input, c)| [input, c.output, c.kernel, c.kernel])
            .collect();
        sizes.extend(
            self.stages
                .iter()
                .map(|s| [s.depth, 2 * EXPANSION, s.block.channels, s.block.channels]),
        );
        sizes.extend(
            channels()
                .zip(channels().skip(1))
                .map(|(input, output)| [input, output, 2, 2]),
        );
        sizes.extend(self.product.map(|product| [last, product, 1, 1]));
        sizes.extend(self.classes.map(|classes| [dim, classes, 1, 1]));
        config.affords(&sizes.iter().map(|sizes| &sizes[..]).collect::<Vec<_>>())
    }

    /// The shortest side of a picture of which a pixel is left.
    fn least(&self) -> i64 {
        let halved = self.stages.iter().skip(1).fold(1_i64, |side, _| side.saturating_mul(2));
        let zeros = |c: &ConvNeXtStem| Padding::Sides(c.padding, c.padding);
        self.stem
            .iter()
            .rev()
            .fold(halved, |side, c| zeros(c).least(side, c.kernel, c.stride))
    }
}

/// A norm over each pixel's channels: (batch, channels, height, width) → the same.
fn over_channels(norm: &nn::LayerNorm, x: &Tensor) -> Tensor {
    norm.forward(&x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
}

struct Stage {
    /// What halves the sides before it; the first has none.
    downsample: Option<(nn::LayerNorm, nn::Conv2D)>,
    blocks: Vec<ConvNeXtBlock>,
}

pub struct ConvNeXt {
    stem: Vec<nn::Conv2D>,
    stem_norm: nn::LayerNorm,
    stages: Vec<Stage>,
    norm_first: bool,
    norm: nn::LayerNorm,
    product: Option<nn::Linear>,
    dropout: f64,
    head: Option<nn::Linear>,
    facts: ImageFacts,
}

impl ConvNeXt {
    pub fn new(path: &Path, config: &Config, names: &ConvNeXtNames, shape: &ConvNeXtShape) -> Result<Self> {
        shape.affordable(config)?;
        let mut input = 3;
        let mut stem = Vec::new();
        for (name, convolution) in names.stem.iter().zip(&shape.stem) {
            let sides = nn::ConvConfig {
                stride: convolution.stride,
                padding: convolution.padding,
                ..Default::default()
            };
            stem.push(nn::conv2d(
                at(path, name),
                input,
                convolution.output,
                convolution.kernel,
                sides,
            ));
            input = convolution.output;
        }
        let stem_norm = layer_norm(at(path, names.stem_norm), input, shape.eps);

        let layers: i64 = shape.stages.iter().map(|stage| stage.depth).sum();
        let mut before = 0;
        let mut stages = Vec::new();
        for (i, stage) in shape.stages.iter().enumerate() {
            let path = at(path, names.stages) / i as i64;
            let channels = stage.block.channels;
            let halving = nn::ConvConfig {
                stride: 2,
                ..Default::default()
            };
            let downsample = (i > 0).then(|| {
                let norm = layer_norm(at(&path, names.downsample_norm), input, shape.eps);
                (
                    norm,
                    nn::conv2d(at(&path, names.downsample), input, channels, 2, halving),
                )
            });
            let block = |b| {
                let block = ConvNeXtBlockShape {
                    drop_path: shape.drop_path * rising(before + b, layers),
                    ..stage.block
                };
                ConvNeXtBlock::new(&(at(&path, names.blocks) / b), &names.block, block)
            };
            stages.push(Stage {
                downsample,
                blocks: (0..stage.depth).map(block).collect(),
            });
            before += stage.depth;
            input = channels;
        }
        let (last, dim) = shape.widths();
        Ok(ConvNeXt {
            stem,
            stem_norm,
            stages,
            norm_first: shape.norm_first,
            norm: layer_norm(at(path, names.norm), last, shape.last_eps),
            product: shape.product.map(|_| linear(at(path, names.product), last, dim, true)),
            dropout: shape.dropout,
            head: shape
                .classes
                .map(|classes| linear(at(path, names.head), dim, classes, true)),
            facts: ImageFacts {
                dim,
                embedding: match (shape.norm_first, shape.product) {
                    (true, _) => "global average pooling",
                    (false, None) => "global average pooling and the norm behind it",
                    (false, Some(_)) => "global average pooling, the norm and the product behind it",
                },
                classes: shape.classes,
                sizes: Sizes::Any {
                    step: 1,
                    least: shape.least(),
                },
            },
        })
    }
}

impl ImageEncoder for ConvNeXt {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let stem = self.stem.iter();
        let mut x = stem.fold(pixels.shallow_clone(), |x, convolution| convolution.forward(&x));
        x = over_channels(&self.stem_norm, &x);
        for stage in &self.stages {
            if let Some((norm, convolution)) = &stage.downsample {
                x = convolution.forward(&over_channels(norm, &x));
            }
            x = stage.blocks.iter().fold(x, |x, block| block.forward(&x, train));
        }
        let pool = |x: &Tensor| x.adaptive_avg_pool2d([1, 1]).flatten(1, -1);
        let pooled = if self.norm_first {
            pool(&over_channels(&self.norm, &x))
        } else {
            self.norm.forward(&pool(&x))
        };
        match &self.product {
            Some(product) => product.forward(&pooled).gelu("none"),
            None => pooled,
        }
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let head = self.head.as_ref()?;
        Some(head.forward(&dropout(self.embed(pixels, train), self.dropout, train)))
    }
}
