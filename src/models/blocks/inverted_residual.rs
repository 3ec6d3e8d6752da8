//! The inverted residual of MobileNetV2 (<https://arxiv.org/abs/1801.04381>), also called MBConv: wide in the middle, where the
//! convolution is depthwise, and narrow at its ends, which the shortcut joins.

use tch::nn::Path;
use tch::Tensor;

use super::{Activation, ConvNorm, ConvNormNames, ConvNormShape, Padding, SqueezeExcite, SqueezeExciteShape};

/// What a family calls the parts of a block.
pub struct InvertedResidualNames {
    /// `None`: the block reads as many channels as it has in the middle ("depthwise separable").
    pub expand: Option<ConvNormNames<'static>>,
    pub depthwise: ConvNormNames<'static>,
    pub project: ConvNormNames<'static>,
}

#[derive(Clone, Copy)]
pub struct InvertedResidualShape {
    pub names: &'static InvertedResidualNames,
    pub input: i64,
    /// Channels in the middle.
    pub expanded: i64,
    pub output: i64,
    pub kernel: i64,
    pub stride: i64,
    pub padding: Padding,
    pub squeeze: Option<SqueezeExciteShape>,
    pub activation: Activation,
    pub eps: f64,
    /// Whether what the block read is added to what it gives.
    pub residual: bool,
    /// What training drops of the part that is added to, and how probably.
    pub drop: (fn(Tensor, f64, bool) -> Tensor, f64),
}

impl InvertedResidualShape {
    fn expand(&self) -> ConvNormShape {
        ConvNormShape {
            input: self.input,
            output: self.expanded,
            kernel: 1,
            stride: 1,
            groups: 1,
            padding: Padding::half(1),
            eps: self.eps,
            activation: Some(self.activation),
        }
    }

    fn depthwise(&self) -> ConvNormShape {
        ConvNormShape {
            input: self.expanded,
            kernel: self.kernel,
            stride: self.stride,
            groups: self.expanded,
            padding: self.padding,
            ..self.expand()
        }
    }

    fn project(&self) -> ConvNormShape {
        ConvNormShape {
            input: self.expanded,
            output: self.output,
            activation: None,
            ..self.expand()
        }
    }

    /// The shortest side of which `results` come.
    pub fn least(&self, results: i64) -> i64 {
        self.depthwise().least(results)
    }

    /// Products of sizes that make up the number of the block's weights.
    pub fn sizes(&self) -> Vec<[i64; 4]> {
        let expand = self.names.expand.map(|_| self.expand().sizes());
        let squeeze = self.squeeze.map(|s| [2, s.channels, self.expanded, 1]);
        let always = [self.depthwise().sizes(), self.project().sizes()];
        always.into_iter().chain(expand).chain(squeeze).collect()
    }
}

pub struct InvertedResidual {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    squeeze: Option<SqueezeExcite>,
    project: ConvNorm,
    shape: InvertedResidualShape,
}

impl InvertedResidual {
    pub fn new(path: &Path, shape: InvertedResidualShape) -> Self {
        let names = shape.names;
        InvertedResidual {
            expand: names.expand.map(|n| ConvNorm::new(path, n, shape.expand())),
            depthwise: ConvNorm::new(path, names.depthwise, shape.depthwise()),
            squeeze: shape.squeeze.map(|s| SqueezeExcite::new(path, shape.expanded, s)),
            project: ConvNorm::new(path, names.project, shape.project()),
            shape,
        }
    }

    /// (batch, input, height, width) → (batch, output, height / stride, width / stride).
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let mut wide = x.shallow_clone();
        if let Some(expand) = &self.expand {
            wide = expand.forward(&wide, train);
        }
        wide = self.depthwise.forward(&wide, train);
        if let Some(squeeze) = &self.squeeze {
            wide = squeeze.forward(&wide);
        }
        let narrow = self.project.forward(&wide, train);
        if !self.shape.residual {
            return narrow;
        }
        let (drop, p) = self.shape.drop;
        drop(narrow, p, train) + x
    }
}
