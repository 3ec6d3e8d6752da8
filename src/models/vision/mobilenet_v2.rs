//! MobileNetV2 (<https://arxiv.org/abs/1801.04381>): the network that brought the inverted residual. Names and arithmetic as
//! timm's `mobilenetv2_*` and as `transformers`' MobileNetV2Model.

use tch::nn::Path;

use super::blocks::{
    dropout, round_channels, Activation, ConvNormNames, ConvNormShape, InvertedResidualNames, InvertedResidualShape,
    Padding,
};
use super::labels::classes;
use super::mobile_rows::{row, Row};
use super::mobile_stages::{scaled, Head, Stages, EPS};
use super::networks::{GlobalPool, MobileNet, MobileNetShape};
use super::timm::{names, variant};
use super::{Build, Config, Family, ImageEncoder, TimmFamily, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "mobilenet_v2",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["mobilenet_v2."],
        heads: &["segmentation_head."],
        buffers: &["num_batches_tracked"],
    },
};

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(&VARIANTS),
    build: build_timm,
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

/// By how much they are wider and deeper.
const VARIANTS: [(&str, (f64, f64)); 7] = [
    ("mobilenetv2_035", (0.35, 1.)),
    ("mobilenetv2_050", (0.5, 1.)),
    ("mobilenetv2_075", (0.75, 1.)),
    ("mobilenetv2_100", (1., 1.)),
    ("mobilenetv2_110d", (1.1, 1.2)),
    ("mobilenetv2_120d", (1.2, 1.4)),
    ("mobilenetv2_140", (1.4, 1.)),
];

/// Table 2 of the paper.
const FIRST: Row = row(1, 3, 1, 1., 16);
const ROWS: &[&[Row]] = &[
    &[FIRST],
    &[row(2, 3, 2, 6., 24)],
    &[row(3, 3, 2, 6., 32)],
    &[row(4, 3, 2, 6., 64)],
    &[row(3, 3, 1, 6., 96)],
    &[row(3, 3, 2, 6., 160)],
    &[row(1, 3, 1, 6., 320)],
];

/// Channels of the stem, and of what is pooled.
const STEM: i64 = 32;
const POOLED: i64 = 1280;

fn build_timm(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let (width, depth) = *variant(&VARIANTS, architecture)?;
    // The deeper ones keep the table's ends.
    let fixed_ends = depth != 1.;
    let pooled = if fixed_ends {
        POOLED
    } else {
        scaled(POOLED, width).max(POOLED)
    };
    let stages = Stages {
        rows: ROWS,
        width,
        depth,
        stem: STEM,
        fixed_ends,
        activation: "relu6",
        squeeze: None,
        first_residual: true,
        head: Head::Convolution(pooled),
        same_padding: false,
        eps: EPS,
    };
    stages.build(path, config)
}

const NAMES: InvertedResidualNames = InvertedResidualNames {
    expand: Some(ConvNormNames::new("expand_1x1.convolution", "expand_1x1.normalization")),
    depthwise: ConvNormNames::new("conv_3x3.convolution", "conv_3x3.normalization"),
    project: ConvNormNames::new("reduce_1x1.convolution", "reduce_1x1.normalization"),
};

/// The stem's, where the first convolution is what expands.
const UNEXPANDED: InvertedResidualNames = InvertedResidualNames { expand: None, ..NAMES };

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    config.only("num_channels", 3)?;
    // With less, convolutions are dilated, as only segmentation wants it.
    config.only("output_stride", 32)?;
    let multiplier = config.positive("depth_multiplier", 1.)?;
    let expansion = config.positive("expand_ratio", 6.)?;
    let divisor = config.size("depth_divisible_by", Some(8))?;
    let least = config.size("min_depth", Some(8))?;
    let eps = config.positive("layer_norm_eps", 1e-3)?;
    let activation = Activation::by_name(config.string("hidden_act", Some("relu6"))?)?;
    let tf_padding = config.flag("tf_padding", true)?;

    let times =
        |channels: i64, factor: f64| round_channels((channels as f64 * factor).round_ties_even(), divisor, least);
    let padding = |kernel| {
        if tf_padding {
            Padding::Same
        } else {
            Padding::half(kernel)
        }
    };
    let convolution = |input, output, kernel, stride| ConvNormShape {
        input,
        output,
        kernel,
        stride,
        groups: 1,
        padding: padding(kernel),
        eps,
        activation: Some(activation),
    };
    let block = |names, input, expanded, output, stride| InvertedResidualShape {
        names,
        input,
        expanded,
        output,
        kernel: 3,
        stride,
        padding: padding(3),
        squeeze: None,
        activation,
        eps,
        residual: false,
        drop: (dropout, 0.),
    };
    // The stem holds the first block.
    let expands = !config.flag("first_layer_is_expansion", true)?;
    let stem = times(STEM, multiplier);
    let mut input = times(FIRST.channels, multiplier);
    let first = block(
        if expands { &NAMES } else { &UNEXPANDED },
        stem,
        stem,
        input,
        FIRST.stride,
    );
    let mut blocks = vec![("conv_stem".to_string(), first)];
    for row in ROWS[1..].iter().copied().flatten() {
        for i in 0..row.repeats {
            let output = times(row.channels, multiplier);
            let stride = if i == 0 { row.stride } else { 1 };
            let block = InvertedResidualShape {
                residual: stride == 1 && input == output,
                ..block(&NAMES, input, times(input, expansion), output, stride)
            };
            blocks.push((format!("layer.{}", blocks.len() - 1), block));
            input = output;
        }
    }
    // Few channels are not made fewer where they are pooled.
    let fine = config.flag("finegrained_output", true)? && multiplier < 1.;
    let pooled = if fine { POOLED } else { times(POOLED, multiplier) };
    let shape = MobileNetShape {
        stem: (
            ConvNormNames::new("conv_stem.first_conv.convolution", "conv_stem.first_conv.normalization"),
            convolution(3, stem, 3, 2),
        ),
        blocks,
        convolutions: vec![(
            ConvNormNames::new("conv_1x1.convolution", "conv_1x1.normalization"),
            convolution(input, pooled, 1, 1),
        )],
        pool: GlobalPool::Mean,
        product: None,
        dropout: config.dropout("classifier_dropout_prob", 0.8)?,
        classes: classes(config, "classifier.weight")?,
    };
    Ok(Box::new(MobileNet::new(path, config, &shape)?))
}
