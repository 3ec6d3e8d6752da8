//! ConvNeXt (<https://arxiv.org/abs/2201.03545>) and ConvNeXt V2 (<https://arxiv.org/abs/2301.00808>) by `transformers`' names and
//! arithmetic (ConvNextModel, ConvNextV2Model).

use tch::nn::Path;

use super::blocks::{Activation, ConvNeXtBlockNames, ConvNeXtBlockShape};
use super::labels::classes;
use super::networks::{ConvNeXt, ConvNeXtNames, ConvNeXtShape, ConvNeXtStage, ConvNeXtStem};
use super::stages::stages;
use super::{Build, Config, Family, ImageEncoder, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "convnext",
    build: Build::Image(|path, config| {
        let scale = config.number("layer_scale_init_value", 1e-6)?;
        build(path, config, scale > 0., None)
    }),
    names: WeightNames {
        prefixes: &["convnext."],
        heads: &[],
        buffers: &[],
    },
};

pub const V2: Family = Family {
    model_type: "convnextv2",
    build: Build::Image(|path, config| build(path, config, false, Some(&[1, 1, 1]))),
    names: WeightNames {
        prefixes: &["convnextv2."],
        heads: &[],
        buffers: &[],
    },
};

const NAMES: ConvNeXtNames = ConvNeXtNames {
    stem: &["embeddings.patch_embeddings"],
    stem_norm: "embeddings.layernorm",
    stages: "encoder.stages",
    downsample_norm: "downsampling_layer.0",
    downsample: "downsampling_layer.1",
    blocks: "layers",
    block: ConvNeXtBlockNames {
        depthwise: "dwconv",
        norm: "layernorm",
        fc1: "pwconv1",
        response_norm: "grn",
        fc2: "pwconv2",
        scale: "layer_scale_parameter",
    },
    norm: "layernorm",
    product: "",
    head: "classifier",
};

/// Of the norms but the last, which has `layer_norm_eps`.
const EPS: f64 = 1e-6;

fn build(
    path: &Path,
    config: &Config,
    scaled: bool,
    response_axes: Option<&'static [i64]>,
) -> Result<Box<dyn ImageEncoder>> {
    config.only("num_channels", 3)?;
    let stages = stages(config, &[96, 192, 384, 768], &[3, 3, 9, 3])?;
    if config.size("num_stages", Some(4))? != stages.len() as i64 {
        return Err(config.wrong("num_stages", "how many hidden_sizes there are"));
    }
    let (patch, columns) = config.height_and_width("patch_size", 4)?;
    if patch != columns {
        return Err(Error::Unsupported(
            "config.json: a patch_size that is not square is not implemented".into(),
        ));
    }
    let activation = Activation::by_name(config.string("hidden_act", Some("gelu"))?)?;
    let stage = |(channels, depth): &(i64, i64)| ConvNeXtStage {
        depth: *depth,
        block: ConvNeXtBlockShape {
            channels: *channels,
            kernel: 7,
            activation,
            eps: EPS,
            product_axes: &[],
            response_axes,
            scaled,
            drop_path: 0.,
        },
    };
    let first = stages.first().map_or(0, |(channels, _)| *channels);
    let shape = ConvNeXtShape {
        stem: vec![ConvNeXtStem::patches(first, patch)],
        stages: stages.iter().map(stage).collect(),
        eps: EPS,
        last_eps: config.positive("layer_norm_eps", 1e-12)?,
        norm_first: false,
        product: None,
        drop_path: config.dropout("drop_path_rate", 0.)?,
        dropout: 0.,
        classes: classes(config, "classifier.weight")?,
    };
    Ok(Box::new(ConvNeXt::new(path, config, &NAMES, &shape)?))
}
