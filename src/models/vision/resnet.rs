//! ResNet (<https://arxiv.org/abs/1512.03385>) by `transformers`' names and arithmetic (ResNetModel).

use tch::nn::Path;

use super::blocks::{Activation, ConvNormNames, ResNetBlockNames, ResNetBlockShape};
use super::labels::classes;
use super::networks::{ResNet, ResNetNames, ResNetShape, ResNetStage};
use super::stages::stages;
use super::{Build, Config, Family, ImageEncoder, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "resnet",
    build: Build::Image(build),
    names: WeightNames {
        prefixes: &["resnet."],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

const NAMES: ResNetNames = ResNetNames {
    stem: &[ConvNormNames::new(
        "embedder.embedder.convolution",
        "embedder.embedder.normalization",
    )],
    path: |stage, block| format!("encoder.stages.{stage}.layers.{block}"),
    block: ResNetBlockNames {
        convolutions: [
            ConvNormNames::new("layer.0.convolution", "layer.0.normalization"),
            ConvNormNames::new("layer.1.convolution", "layer.1.normalization"),
            ConvNormNames::new("layer.2.convolution", "layer.2.normalization"),
        ],
        shortcut: ConvNormNames::new("shortcut.convolution", "shortcut.normalization"),
    },
    head: "classifier.1",
};

fn build(path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
    config.only("num_channels", 3)?;
    let bottleneck = match config.string("layer_type", Some("bottleneck"))? {
        "bottleneck" => true,
        "basic" => false,
        _ => return Err(config.wrong("layer_type", "\"bottleneck\" or \"basic\"")),
    };
    let first_stride = 1 + i64::from(config.flag("downsample_in_first_stage", false)?);
    let early_stride = config.flag("downsample_in_bottleneck", false)?;
    let activation = Activation::by_name(config.string("hidden_act", Some("relu"))?)?;
    let activation_inside = Activation::by_name("relu")?;
    let stages = stages(config, &[256, 512, 1024, 2048], &[3, 4, 6, 3])?;
    if bottleneck && stages.iter().any(|(output, _)| *output < 4) {
        return Err(config.wrong("hidden_sizes", "4 or more, of which a bottleneck has a quarter inside"));
    }
    let stage = |(i, (output, depth))| ResNetStage {
        depth,
        stride: if i == 0 { first_stride } else { 2 },
        block: ResNetBlockShape {
            bottleneck,
            width: if bottleneck { output / 4 } else { output },
            output,
            groups: 1,
            early_stride,
            averaged_shortcut: false,
            activation,
            activation_inside,
            drop_path: 0.,
        },
    };
    let shape = ResNetShape {
        stem: vec![config.size("embedding_size", Some(64))?],
        activation,
        stages: stages.into_iter().enumerate().map(stage).collect(),
        drop_path: 0.,
        dropout: 0.,
        classes: classes(config, "classifier.1.weight")?,
    };
    Ok(Box::new(ResNet::new(path, config, &NAMES, &shape)?))
}
