//! VGG (<https://arxiv.org/abs/1409.1556>), with and without batch normalisation. Names and arithmetic as timm's `vgg*`, where the
//! first two products are convolutions that slide over larger pictures; weights by torchvision's names are taken, too.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::blocks::{at, dropout, linear, BatchNorm};
use super::timm::{names, variant, TimmConfig};
use super::{Config, ImageEncoder, ImageFacts, Sizes, TimmFamily, WeightNames};
use crate::error::Result;

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(&VARIANTS),
    build,
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

struct Variant {
    /// How many convolutions each stage has.
    depths: [i64; 5],
    batch_norm: bool,
}

const fn plain(depths: [i64; 5]) -> Variant {
    Variant {
        depths,
        batch_norm: false,
    }
}

const fn normed(depths: [i64; 5]) -> Variant {
    Variant {
        depths,
        batch_norm: true,
    }
}

/// Columns A, B, D and E of the paper's table 1.
const VARIANTS: [(&str, Variant); 8] = [
    ("vgg11", plain([1, 1, 2, 2, 2])),
    ("vgg13", plain([2, 2, 2, 2, 2])),
    ("vgg16", plain([2, 2, 3, 3, 3])),
    ("vgg19", plain([2, 2, 4, 4, 4])),
    ("vgg11_bn", normed([1, 1, 2, 2, 2])),
    ("vgg13_bn", normed([2, 2, 2, 2, 2])),
    ("vgg16_bn", normed([2, 2, 3, 3, 3])),
    ("vgg19_bn", normed([2, 2, 4, 4, 4])),
];

/// Channels of each stage.
const CHANNELS: [i64; 5] = [64, 128, 256, 512, 512];

/// Values behind the first product, and behind the second, which are the embedding.
const DIM: i64 = 4096;

/// Side of the grid that the first product reads.
const GRID: i64 = 7;

/// The three products' names, in timm and in torchvision.
const PRODUCTS: [&str; 3] = ["pre_logits.fc1", "pre_logits.fc2", "head.fc"];
const TORCHVISION_PRODUCTS: [&str; 3] = ["classifier.0", "classifier.3", "classifier.6"];

struct Convolution {
    convolution: nn::Conv2D,
    norm: Option<BatchNorm>,
}

/// A product over the pixels of a square, sliding over all of the picture.
struct Product {
    weight: Tensor,
    bias: Tensor,
    side: i64,
}

impl Product {
    /// `matrix`: whether the weight is stored without axes for the square's rows and columns.
    fn new(path: Path, inputs: i64, side: i64, matrix: bool) -> Self {
        let shape = match matrix {
            true => vec![DIM, inputs * side * side],
            false => vec![DIM, inputs, side, side],
        };
        Product {
            weight: path.var("weight", &shape, nn::init::DEFAULT_KAIMING_UNIFORM),
            bias: path.var("bias", &[DIM], Init::Const(0.)),
            side,
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let weight = self.weight.flatten(1, -1).unflatten(1, [-1, self.side, self.side]);
        x.conv2d(&weight, Some(&self.bias), [1, 1], [0, 0], [1, 1], 1)
    }
}

struct Vgg {
    stages: Vec<Vec<Convolution>>,
    fc1: Product,
    fc2: Product,
    head: Option<nn::Linear>,
    dropout: f64,
    facts: ImageFacts,
}

fn build(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let variant = variant(&VARIANTS, architecture)?;
    let timm = TimmConfig::read(config, &[], "avg")?;
    let classes = timm.classes;
    config.affords(&[&[DIM, 512, GRID, GRID], &[DIM, DIM], &[DIM, classes.unwrap_or(0)]])?;

    let mut input = 3;
    let mut place = 0;
    let mut stages = Vec::new();
    for (output, depth) in CHANNELS.into_iter().zip(variant.depths) {
        let mut stage = Vec::new();
        for _ in 0..depth {
            let features = path / "features";
            let padded = nn::ConvConfig {
                padding: 1,
                ..Default::default()
            };
            stage.push(Convolution {
                convolution: nn::conv2d(&features / place, input, output, 3, padded),
                norm: variant
                    .batch_norm
                    .then(|| BatchNorm::new(&features / (place + 1), output, 1e-5)),
            });
            // The activation has a place, too.
            place += if variant.batch_norm { 3 } else { 2 };
            input = output;
        }
        // And so has the pooling.
        place += 1;
        stages.push(stage);
    }
    let matrix = config.stores("classifier.0.weight");
    let [fc1, fc2, head] = if matrix { TORCHVISION_PRODUCTS } else { PRODUCTS };
    Ok(Box::new(Vgg {
        stages,
        fc1: Product::new(at(path, fc1), input, GRID, matrix),
        fc2: Product::new(at(path, fc2), DIM, 1, matrix),
        head: classes.map(|classes| linear(at(path, head), DIM, classes, true)),
        dropout: timm.dropout,
        facts: ImageFacts {
            dim: DIM,
            embedding: "what the head reads, global average pooling of it",
            classes,
            sizes: Sizes::Any {
                step: 1,
                // Each stage halves.
                least: 1 << CHANNELS.len(),
            },
        },
    }))
}

impl ImageEncoder for Vgg {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let mut x = pixels.shallow_clone();
        for stage in &self.stages {
            for Convolution { convolution, norm } in stage {
                x = convolution.forward(&x);
                x = norm
                    .as_ref()
                    .map_or(x.shallow_clone(), |norm| norm.forward(&x, train))
                    .relu();
            }
            x = x.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false);
        }
        let (height, width) = (x.size()[2], x.size()[3]);
        if height.min(width) < GRID {
            x = x.adaptive_avg_pool2d([height.max(GRID), width.max(GRID)]);
        }
        let x = dropout(self.fc1.forward(&x).relu(), self.dropout, train);
        self.fc2.forward(&x).relu().adaptive_avg_pool2d([1, 1]).flatten(1, -1)
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let head = self.head.as_ref()?;
        Some(head.forward(&dropout(self.embed(pixels, train), self.dropout, train)))
    }
}
