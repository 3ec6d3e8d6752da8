//! EfficientNet (<https://arxiv.org/abs/1905.11946>): one network of inverted residuals that squeeze, made wider, deeper and
//! sharper together; and Lite, which squeezes nothing and has ReLU6, for devices that are poor at both. Names and arithmetic as
//! timm's `efficientnet_*` and `tf_efficientnet_*` and as `transformers`' EfficientNetModel.

use tch::nn::Path;
use tch::Tensor;

use super::blocks::{
    dropout, round_channels, Activation, ConvNormNames, ConvNormShape, InvertedResidualNames, InvertedResidualShape,
    Padding, SqueezeExciteNames, SqueezeExciteShape,
};
use super::labels::classes;
use super::mobile_rows::{row, Row};
use super::mobile_stages::{scaled, Head, Squeeze, Stages, EPS, TENSORFLOW_EPS};
use super::networks::{GlobalPool, MobileNet, MobileNetShape};
use super::{Build, Config, Family, ImageEncoder, TimmFamily, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "efficientnet",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["efficientnet."],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

#[rustfmt::skip]
pub const TIMM: TimmFamily = TimmFamily {
    architectures: &[
        "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4",
        "efficientnet_b5", "efficientnet_b6", "efficientnet_b7", "efficientnet_b8", "efficientnet_l2",
        "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "efficientnet_lite3", "efficientnet_lite4",
        "tf_efficientnet_b0", "tf_efficientnet_b1", "tf_efficientnet_b2", "tf_efficientnet_b3", "tf_efficientnet_b4",
        "tf_efficientnet_b5", "tf_efficientnet_b6", "tf_efficientnet_b7", "tf_efficientnet_b8", "tf_efficientnet_l2",
        "tf_efficientnet_lite0", "tf_efficientnet_lite1", "tf_efficientnet_lite2", "tf_efficientnet_lite3",
        "tf_efficientnet_lite4",
    ],
    build: build_timm,
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

/// By how much each size is wider and deeper.
const SCALES: [(&str, f64, f64); 15] = [
    ("b0", 1., 1.),
    ("b1", 1., 1.1),
    ("b2", 1.1, 1.2),
    ("b3", 1.2, 1.4),
    ("b4", 1.4, 1.8),
    ("b5", 1.6, 2.2),
    ("b6", 1.8, 2.6),
    ("b7", 2., 3.1),
    ("b8", 2.2, 3.6),
    ("l2", 4.3, 5.3),
    ("lite0", 1., 1.),
    ("lite1", 1., 1.1),
    ("lite2", 1.1, 1.2),
    ("lite3", 1.2, 1.4),
    ("lite4", 1.4, 1.8),
];

/// Table 1 of the paper.
const ROWS: &[&[Row]] = &[
    &[row(1, 3, 1, 1., 16).squeezed()],
    &[row(2, 3, 2, 6., 24).squeezed()],
    &[row(2, 5, 2, 6., 40).squeezed()],
    &[row(3, 3, 2, 6., 80).squeezed()],
    &[row(3, 5, 1, 6., 112).squeezed()],
    &[row(4, 5, 2, 6., 192).squeezed()],
    &[row(1, 3, 1, 6., 320).squeezed()],
];

/// Channels of the stem, and of what is pooled.
const STEM: i64 = 32;
const POOLED: i64 = 1280;

/// A quarter of what the block reads.
const SQUEEZE: Squeeze = Squeeze {
    channels: |input, _| input / 4,
    activation: None,
    gate: Tensor::sigmoid,
};

fn build_timm(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let tensorflow = architecture.starts_with("tf_");
    let size = architecture.rsplit('_').next();
    let (size, width, depth) = *SCALES
        .iter()
        .find(|(name, ..)| Some(*name) == size)
        .ok_or_else(|| Error::Internal(format!("{architecture} is listed, but has no scale")))?;
    let lite = size.starts_with("lite");
    let stages = Stages {
        rows: ROWS,
        width,
        depth,
        stem: STEM,
        fixed_ends: lite,
        activation: if lite { "relu6" } else { "silu" },
        squeeze: (!lite).then_some(SQUEEZE),
        first_residual: true,
        head: Head::Convolution(if lite { POOLED } else { scaled(POOLED, width) }),
        same_padding: tensorflow,
        eps: if tensorflow { TENSORFLOW_EPS } else { EPS },
    };
    stages.build(path, config)
}

const NAMES: InvertedResidualNames = InvertedResidualNames {
    expand: Some(ConvNormNames::new("expansion.expand_conv", "expansion.expand_bn")),
    depthwise: ConvNormNames::new("depthwise_conv.depthwise_conv", "depthwise_conv.depthwise_norm"),
    project: ConvNormNames::new("projection.project_conv", "projection.project_bn"),
};

const UNEXPANDED: InvertedResidualNames = InvertedResidualNames { expand: None, ..NAMES };

const SQUEEZE_NAMES: SqueezeExciteNames = SqueezeExciteNames {
    reduce: "squeeze_excite.reduce",
    expand: "squeeze_excite.expand",
};

/// What `config.json` says of a stage, field by field.
const FIELDS: [(&str, [i64; 7]); 6] = [
    ("in_channels", [32, 16, 24, 40, 80, 112, 192]),
    ("out_channels", [16, 24, 40, 80, 112, 192, 320]),
    ("kernel_sizes", [3, 3, 5, 3, 5, 5, 3]),
    ("strides", [1, 2, 2, 2, 1, 2, 1]),
    ("num_block_repeats", [1, 2, 2, 3, 3, 4, 1]),
    ("expand_ratios", [1, 6, 6, 6, 6, 6, 6]),
];

/// The fields of each stage.
fn stages(config: &Config) -> Result<Vec<[i64; 6]>> {
    let mut stages = Vec::new();
    for (i, (name, default)) in FIELDS.iter().enumerate() {
        let numbers = config.list(name, default, 1)?;
        if i == 0 {
            stages.resize(numbers.len(), [0; 6]);
        }
        if numbers.len() != stages.len() {
            return Err(config.wrong(name, "a list of one number for each stage"));
        }
        for (stage, number) in stages.iter_mut().zip(numbers) {
            stage[i] = number;
        }
    }
    Ok(stages)
}

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    config.only("num_channels", 3)?;
    let width = config.positive("width_coefficient", 2.)?;
    let depth = config.positive("depth_coefficient", 3.1)?;
    let divisor = config.size("depth_divisor", Some(8))?;
    let centred = config.list("depthwise_padding", &[], 0)?;
    let ratio = config.number("squeeze_expansion_ratio", 0.25)?;
    let eps = config.positive("batch_norm_eps", TENSORFLOW_EPS)?;
    let activation = Activation::by_name(config.string("hidden_act", Some("swish"))?)?;
    let drop = config.dropout("drop_connect_rate", 0.2)?;

    let rounded = |channels: i64| round_channels(channels as f64 * width, divisor, divisor);
    let stem = rounded(STEM);
    let mut blocks: Vec<(String, InvertedResidualShape)> = Vec::new();
    let mut input = stem;
    for [from, to, kernel, stride, repeats, expansion] in stages(config)? {
        let output = rounded(to);
        let repeats = (depth * repeats as f64).ceil() as i64;
        config.affords(&[&[repeats, output]])?;
        if rounded(from) != input {
            return Err(config.wrong("in_channels", "what the stem and the stages give to the next"));
        }
        if stride > 2 {
            return Err(config.wrong("strides", "a list of 1 and 2"));
        }
        for i in 0..repeats {
            let expanded = input * expansion;
            let half = kernel / 2;
            let centred = centred.contains(&(blocks.len() as i64));
            let block = InvertedResidualShape {
                names: if expansion == 1 { &UNEXPANDED } else { &NAMES },
                input,
                expanded,
                output,
                kernel,
                stride: if i == 0 { stride } else { 1 },
                padding: match (i, stride) {
                    (0, 2) if centred => Padding::Sides(half, half),
                    // Right for even sizes only, but the reference has it.
                    (0, 2) => Padding::Sides(half - 1, half),
                    _ => Padding::Same,
                },
                squeeze: Some(SqueezeExciteShape {
                    names: &SQUEEZE_NAMES,
                    channels: ((input as f64 * ratio) as i64).max(1),
                    activation,
                    gate: Tensor::sigmoid,
                }),
                activation,
                eps,
                residual: i > 0,
                drop: (dropout, 0.),
            };
            blocks.push((format!("encoder.blocks.{}", blocks.len()), block));
            input = output;
        }
    }
    let count = blocks.len() as f64;
    for (i, (_, block)) in blocks.iter_mut().enumerate() {
        block.drop.1 = drop * i as f64 / count;
    }
    let pooled = rounded(POOLED);
    if config.size("hidden_dim", Some(2560))? != pooled {
        let sentence = format!("{pooled}, 1280 made wider by width_coefficient");
        return Err(config.wrong("hidden_dim", &sentence));
    }
    let convolution = |input, output, kernel, stride, padding| ConvNormShape {
        input,
        output,
        kernel,
        stride,
        groups: 1,
        padding,
        eps,
        activation: Some(activation),
    };
    let shape = MobileNetShape {
        stem: (
            ConvNormNames::new("embeddings.convolution", "embeddings.batchnorm"),
            convolution(3, stem, 3, 2, Padding::Sides(0, 1)),
        ),
        blocks,
        convolutions: vec![(
            ConvNormNames::new("encoder.top_conv", "encoder.top_bn"),
            convolution(input, pooled, 1, 1, Padding::half(1)),
        )],
        pool: match config.string("pooling_type", Some("mean"))? {
            "mean" => GlobalPool::Mean,
            "max" => GlobalPool::Max,
            _ => return Err(config.wrong("pooling_type", "\"mean\" or \"max\"")),
        },
        product: None,
        dropout: config.dropout("dropout_rate", 0.5)?,
        classes: classes(config, "classifier.weight")?,
    };
    Ok(Box::new(MobileNet::new(path, config, &shape)?))
}
