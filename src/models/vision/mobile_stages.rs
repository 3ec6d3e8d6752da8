//! Mobile networks as their papers tell of them, by tables of stages, and what timm's names make of such a table
//! (`timm/models/_efficientnet_builder.py`).

use std::iter;

use tch::nn::Path;
use tch::Tensor;

use super::blocks::{
    drop_path, round_channels, Activation, ConvNormNames, ConvNormShape, InvertedResidualNames, InvertedResidualShape,
    Padding, SqueezeExciteNames, SqueezeExciteShape,
};
use super::mobile_rows::{repeats, Row};
use super::networks::{GlobalPool, MobileNet, MobileNetShape, PooledProduct};
use super::timm::TimmConfig;
use super::{Config, ImageEncoder};
use crate::error::{Error, Result};

/// How the rows that squeeze do it.
#[derive(Clone, Copy)]
pub struct Squeeze {
    /// Channels between its products, by those that the block reads and those in its middle.
    pub channels: fn(i64, i64) -> i64,
    /// Other than the block's.
    pub activation: Option<&'static str>,
    pub gate: fn(&Tensor) -> Tensor,
}

/// What stands behind the blocks.
#[derive(Clone, Copy)]
pub enum Head {
    /// A convolution to so many channels, then pooling.
    Convolution(i64),
    /// A stage of convolutions to `stage` channels, scaled as the table's are, then pooling, then a product to `output`.
    Product { stage: i64, output: i64, bias: bool },
}

/// A network under timm's names.
#[derive(Clone, Copy)]
pub struct Stages {
    pub rows: &'static [&'static [Row]],
    /// What the table's channels and numbers of blocks are multiplied by.
    pub width: f64,
    pub depth: f64,
    pub stem: i64,
    /// Whether the stem keeps its channels, and the first and the last stage their number of blocks.
    pub fixed_ends: bool,
    pub activation: &'static str,
    /// `None`: no row does.
    pub squeeze: Option<Squeeze>,
    /// Whether the first block adds what it read, should it give as many channels.
    pub first_residual: bool,
    pub head: Head,
    /// TensorFlow's padding, not PyTorch's.
    pub same_padding: bool,
    pub eps: f64,
}

/// What TensorFlow's batch normalisation adds to a variance.
pub const TENSORFLOW_EPS: f64 = 1e-3;

/// PyTorch's.
pub const EPS: f64 = 1e-5;

const STEM: ConvNormNames = ConvNormNames::new("conv_stem", "bn1");

const SQUEEZE: SqueezeExciteNames = SqueezeExciteNames {
    reduce: "se.conv_reduce",
    expand: "se.conv_expand",
};

const INVERTED_RESIDUAL: InvertedResidualNames = InvertedResidualNames {
    expand: Some(ConvNormNames::new("conv_pw", "bn1")),
    depthwise: ConvNormNames::new("conv_dw", "bn2"),
    project: ConvNormNames::new("conv_pwl", "bn3"),
};

const DEPTHWISE_SEPARABLE: InvertedResidualNames = InvertedResidualNames {
    expand: None,
    depthwise: ConvNormNames::new("conv_dw", "bn1"),
    project: ConvNormNames::new("conv_pw", "bn2"),
};

/// Channels of a table in a network that is wider.
pub fn scaled(channels: i64, width: f64) -> i64 {
    round_channels(channels as f64 * width, 8, 8)
}

impl Stages {
    fn scaled(&self, channels: i64) -> i64 {
        scaled(channels, self.width)
    }

    fn stem(&self) -> i64 {
        if self.fixed_ends {
            self.stem
        } else {
            self.scaled(self.stem)
        }
    }

    /// The network of a checkpoint.
    pub fn build(&self, path: &Path, config: &Config) -> Result<Box<dyn ImageEncoder>> {
        let timm = TimmConfig::read(config, &["drop_path_rate", "bn_eps", "pad_type"], "avg")?;
        let eps = timm.arguments.positive("bn_eps", self.eps)?;
        let pad_type = if self.same_padding { "same" } else { "" };
        let same = match timm.arguments.string("pad_type", Some(pad_type))? {
            "same" => true,
            "" => false,
            other => {
                return Err(Error::Unsupported(format!(
                    "config.json: model_args.pad_type = {other:?} is not implemented; \"same\" and \"\" are"
                )))
            }
        };
        let padding = |kernel| if same { Padding::Same } else { Padding::half(kernel) };
        let drop = timm.arguments.dropout("drop_path_rate", 0.)?;

        let activation = Activation::by_name(self.activation)?;
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
        let mut blocks = self.blocks(eps, padding)?;
        let narrow = blocks.last().map_or(self.stem(), |(_, block)| block.output);
        let stage: Vec<(String, String)>;
        let (convolutions, product) = match self.head {
            Head::Convolution(wide) => {
                let convolution = (ConvNormNames::new("conv_head", "bn2"), convolution(narrow, wide, 1, 1));
                (vec![convolution], None)
            }
            Head::Product {
                stage: wide,
                output,
                bias,
            } => {
                let wide = self.scaled(wide);
                let name = |i: i64| format!("blocks.{}.{i}", self.rows.len());
                stage = (0..self.depth.ceil() as i64)
                    .map(|i| (name(i) + ".conv", name(i) + ".bn1"))
                    .collect();
                let named = stage.iter().map(|(conv, norm)| ConvNormNames::new(conv, norm));
                let inputs = iter::once(narrow).chain(iter::repeat(wide));
                let shapes = inputs.map(|input| convolution(input, wide, 1, 1));
                let product = PooledProduct {
                    name: "conv_head",
                    output,
                    bias,
                    activation,
                };
                (named.zip(shapes).collect(), Some(product))
            }
        };
        // The deeper a block, the more probably stochastic depth drops it.
        let count = (blocks.len() + product.map_or(0, |_| convolutions.len())) as f64;
        for (i, (_, block)) in blocks.iter_mut().enumerate() {
            block.drop.1 = drop * i as f64 / count;
        }
        let shape = MobileNetShape {
            stem: (STEM, convolution(3, self.stem(), 3, 2)),
            blocks,
            convolutions,
            pool: GlobalPool::Mean,
            product,
            dropout: timm.dropout,
            classes: timm.classes,
        };
        Ok(Box::new(MobileNet::new(path, config, &shape)?))
    }

    /// Each block's shape under its path.
    fn blocks(&self, eps: f64, padding: impl Fn(i64) -> Padding) -> Result<Vec<(String, InvertedResidualShape)>> {
        let mut blocks = Vec::new();
        let mut input = self.stem();
        for (stage, rows) in self.rows.iter().enumerate() {
            let at_an_end = stage == 0 || stage + 1 == self.rows.len();
            let depth = if self.fixed_ends && at_an_end { 1. } else { self.depth };
            let repeated = rows.iter().zip(repeats(rows, depth));
            for (i, row) in repeated.flat_map(|(row, n)| (0..n).map(move |_| row)).enumerate() {
                let output = self.scaled(row.channels);
                let stride = if i == 0 { row.stride } else { 1 };
                let expands = row.expansion != 1.;
                let expanded = if expands {
                    round_channels(input as f64 * row.expansion, 8, 8)
                } else {
                    input
                };
                let activation = Activation::by_name(row.activation.unwrap_or(self.activation))?;
                let squeeze = match self.squeeze {
                    Some(squeeze) if row.squeeze => Some(SqueezeExciteShape {
                        names: &SQUEEZE,
                        channels: (squeeze.channels)(input, expanded),
                        activation: squeeze.activation.map_or(Ok(activation), Activation::by_name)?,
                        gate: squeeze.gate,
                    }),
                    _ => None,
                };
                let block = InvertedResidualShape {
                    names: if expands {
                        &INVERTED_RESIDUAL
                    } else {
                        &DEPTHWISE_SEPARABLE
                    },
                    input,
                    expanded,
                    output,
                    kernel: row.kernel,
                    stride,
                    padding: padding(row.kernel),
                    squeeze,
                    activation,
                    eps,
                    residual: stride == 1 && input == output && (self.first_residual || !blocks.is_empty()),
                    drop: (drop_path, 0.),
                };
                blocks.push((format!("blocks.{stage}.{i}"), block));
                input = output;
            }
        }
        Ok(blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::vision::{efficientnet, mobilenet_v2, mobilenet_v3};
    use crate::models::{Architecture, Stored};

    /// How many values timm's models have in their convolutions and products, by what stands in front of their names' rest.
    const VALUES: [(&str, u64); 31] = [
        ("efficientnet_b0", 5236192),
        ("efficientnet_b1", 7716976),
        ("efficientnet_b2", 9026016),
        ("efficientnet_b3", 12124856),
        ("efficientnet_b4", 19186376),
        ("efficientnet_b5", 30175728),
        ("efficientnet_b6", 42762672),
        ("efficientnet_b7", 65963040),
        ("efficientnet_b8", 86942400),
        ("efficientnet_l2", 478958600),
        ("efficientnet_lite0", 4608992),
        ("efficientnet_lite1", 5362016),
        ("efficientnet_lite2", 6032976),
        ("efficientnet_lite3", 8119424),
        ("efficientnet_lite4", 12893200),
        ("mobilenetv2_035", 1662048),
        ("mobilenetv2_050", 1949136),
        ("mobilenetv2_075", 2608784),
        ("mobilenetv2_100", 3469760),
        ("mobilenetv2_110d", 4468032),
        ("mobilenetv2_120d", 5766368),
        ("mobilenetv2_140", 6059840),
        ("mobilenetv3_small_050", 1583136),
        ("mobilenetv3_small_075", 2027880),
        ("mobilenetv3_small_100", 2525832),
        ("mobilenetv3_large_075", 3968208),
        ("mobilenetv3_large_100", 5451272),
        ("mobilenetv3_large_150d", 14555600),
        ("mobilenetv3_rw", 5449448),
        ("mobilenetv3_small_minimal_100", 2030600),
        ("mobilenetv3_large_minimal_100", 3897608),
    ];

    #[test]
    fn every_variant_is_as_large_as_timms() {
        for family in [efficientnet::TIMM, mobilenet_v2::TIMM, mobilenet_v3::TIMM] {
            for architecture in family.architectures {
                let name = architecture.trim_start_matches("tf_");
                let (_, values) = VALUES.iter().find(|(known, _)| name.starts_with(known)).expect(name);
                let config = serde_json::json!({ "architecture": architecture });
                let config = Config::new(config.as_object().unwrap(), Stored::default()).unwrap();
                let store = tch::nn::VarStore::new(tch::Device::Cpu);
                let built = Architecture::of(&config).unwrap().build(&store.root(), &config);
                let error = built.err().expect("no weights were given").to_string();
                assert!(
                    error.contains(&format!("a model of {values} values")),
                    "{architecture}: {error}"
                );
            }
        }
    }
}
