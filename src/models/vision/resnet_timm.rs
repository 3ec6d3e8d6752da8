//! ResNet as timm has it (`timm/models/resnet.py`). Its plain names are torchvision's, too.

use tch::nn::Path;

use super::blocks::{Activation, ConvNormNames, ResNetBlockNames, ResNetBlockShape};
use super::networks::{ResNet, ResNetNames, ResNetShape, ResNetStage};
use super::timm::{names, variant, TimmConfig};
use super::{Config, ImageEncoder, TimmFamily, WeightNames};
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

#[derive(Clone, Copy)]
struct Variant {
    depths: [i64; 4],
    bottleneck: bool,
    /// Channels of the stem's convolutions.
    stem: &'static [i64],
    averaged_shortcut: bool,
    groups: i64,
    /// Channels of a group, where a plain bottleneck has 64 in one.
    group: i64,
}

const fn basic(depths: [i64; 4]) -> Variant {
    Variant {
        depths,
        bottleneck: false,
        stem: &[64],
        averaged_shortcut: false,
        groups: 1,
        group: 64,
    }
}

const fn bottleneck(depths: [i64; 4]) -> Variant {
    Variant {
        bottleneck: true,
        ..basic(depths)
    }
}

/// The variants of "Bag of Tricks" (<https://arxiv.org/abs/1812.01187>): c has three convolutions for a stem, s wider ones, d and t
/// (whose stem is tiered) average in the shortcuts, too.
const fn c(variant: Variant) -> Variant {
    Variant {
        stem: &[32, 32, 64],
        ..variant
    }
}

const fn s(variant: Variant) -> Variant {
    Variant {
        stem: &[64, 64, 128],
        ..variant
    }
}

const fn d(variant: Variant) -> Variant {
    Variant {
        averaged_shortcut: true,
        ..c(variant)
    }
}

const fn t(variant: Variant) -> Variant {
    Variant {
        stem: &[24, 32, 64],
        ..d(variant)
    }
}

const fn grouped(groups: i64, group: i64, variant: Variant) -> Variant {
    Variant {
        groups,
        group,
        ..variant
    }
}

const R18: Variant = basic([2, 2, 2, 2]);
const R34: Variant = basic([3, 4, 6, 3]);
const R26: Variant = bottleneck([2, 2, 2, 2]);
const R50: Variant = bottleneck([3, 4, 6, 3]);
const R101: Variant = bottleneck([3, 4, 23, 3]);
const R152: Variant = bottleneck([3, 8, 36, 3]);
const R200: Variant = bottleneck([3, 24, 36, 3]);

#[rustfmt::skip]
const VARIANTS: [(&str, Variant); 33] = [
    ("resnet10t", t(basic([1, 1, 1, 1]))), ("resnet14t", t(bottleneck([1, 1, 1, 1]))),
    ("resnet18", R18), ("resnet18d", d(R18)), ("resnet34", R34), ("resnet34d", d(R34)),
    ("resnet26", R26), ("resnet26d", d(R26)), ("resnet26t", t(R26)),
    ("resnet50", R50), ("resnet50c", c(R50)), ("resnet50d", d(R50)), ("resnet50s", s(R50)), ("resnet50t", t(R50)),
    ("resnet101", R101), ("resnet101c", c(R101)), ("resnet101d", d(R101)), ("resnet101s", s(R101)),
    ("resnet152", R152), ("resnet152c", c(R152)), ("resnet152d", d(R152)), ("resnet152s", s(R152)),
    ("resnet200", R200), ("resnet200d", d(R200)),
    ("wide_resnet50_2", grouped(1, 128, R50)), ("wide_resnet101_2", grouped(1, 128, R101)),
    ("resnext50_32x4d", grouped(32, 4, R50)), ("resnext50d_32x4d", grouped(32, 4, d(R50))),
    ("resnext101_32x4d", grouped(32, 4, R101)), ("resnext101_32x8d", grouped(32, 8, R101)),
    ("resnext101_32x16d", grouped(32, 16, R101)), ("resnext101_32x32d", grouped(32, 32, R101)),
    ("resnext101_64x4d", grouped(64, 4, R101)),
];

const BLOCK: ResNetBlockNames = ResNetBlockNames {
    convolutions: [
        ConvNormNames::new("conv1", "bn1"),
        ConvNormNames::new("conv2", "bn2"),
        ConvNormNames::new("conv3", "bn3"),
    ],
    shortcut: ConvNormNames::new("downsample.0", "downsample.1"),
};

const PLAIN: ResNetNames = ResNetNames {
    stem: &[ConvNormNames::new("conv1", "bn1")],
    path: |stage, block| format!("layer{}.{block}", stage + 1),
    block: BLOCK,
    head: "fc",
};

const DEEP: ResNetNames = ResNetNames {
    stem: &[
        ConvNormNames::new("conv1.0", "conv1.1"),
        ConvNormNames::new("conv1.3", "conv1.4"),
        ConvNormNames::new("conv1.6", "bn1"),
    ],
    ..PLAIN
};

const DEEP_AVERAGED: ResNetNames = ResNetNames {
    block: ResNetBlockNames {
        shortcut: ConvNormNames::new("downsample.1", "downsample.2"),
        ..BLOCK
    },
    ..DEEP
};

fn build(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let variant = *variant(&VARIANTS, architecture)?;
    let timm = TimmConfig::read(config, &["drop_path_rate", "zero_init_last"], "avg")?;
    let activation = Activation::by_name("relu")?;
    let stage = |(depth, i)| {
        let plain = 64_i64 << i;
        ResNetStage {
            depth,
            stride: if i == 0 { 1 } else { 2 },
            block: ResNetBlockShape {
                bottleneck: variant.bottleneck,
                width: plain * variant.group * variant.groups / 64,
                output: if variant.bottleneck { 4 * plain } else { plain },
                groups: variant.groups,
                early_stride: false,
                averaged_shortcut: variant.averaged_shortcut,
                activation,
                activation_inside: activation,
                drop_path: 0.,
            },
        }
    };
    let names = match (variant.stem, variant.averaged_shortcut) {
        ([_], _) => &PLAIN,
        (_, false) => &DEEP,
        (_, true) => &DEEP_AVERAGED,
    };
    let shape = ResNetShape {
        stem: variant.stem.to_vec(),
        activation,
        stages: variant.depths.into_iter().zip(0..).map(stage).collect(),
        drop_path: timm.arguments.dropout("drop_path_rate", 0.)?,
        dropout: timm.dropout,
        classes: timm.classes,
    };
    Ok(Box::new(ResNet::new(path, config, names, &shape)?))
}
