//! The block of ResNet (<https://arxiv.org/abs/1512.03385>), "basic" or "bottleneck": a few convolutions, whose result is added to
//! what they read.

use tch::nn::Path;
use tch::Tensor;

use super::{drop_path, Activation, ConvNorm, ConvNormNames, ConvNormShape, Padding};

/// What a family calls the parts of a block.
pub struct ResNetBlockNames {
    pub convolutions: [ConvNormNames<'static>; 3],
    pub shortcut: ConvNormNames<'static>,
}

#[derive(Clone, Copy)]
pub struct ResNetBlockShape {
    /// Whether the convolutions are 1×1, 3×3, 1×1 or, in a basic block, 3×3, 3×3.
    pub bottleneck: bool,
    /// Channels inside, and of the result.
    pub width: i64,
    pub output: i64,
    /// Of a bottleneck's 3×3.
    pub groups: i64,
    /// Whether a bottleneck's first convolution has the stride, as in the paper, or its second.
    pub early_stride: bool,
    /// Whether the shortcut averages squares of pixels where it would stride.
    pub averaged_shortcut: bool,
    /// Behind the sum, and between the convolutions.
    pub activation: Activation,
    pub activation_inside: Activation,
    pub drop_path: f64,
}

/// A convolution as all of a ResNet are.
pub fn resnet_convolution(
    input: i64,
    output: i64,
    kernel: i64,
    stride: i64,
    activation: Option<Activation>,
) -> ConvNormShape {
    ConvNormShape {
        input,
        output,
        kernel,
        stride,
        groups: 1,
        padding: Padding::half(kernel),
        eps: 1e-5,
        activation,
    }
}

impl ResNetBlockShape {
    fn convolutions(&self, input: i64, stride: i64) -> Vec<ConvNormShape> {
        let (width, output) = (self.width, self.output);
        let inside = Some(self.activation_inside);
        if !self.bottleneck {
            return vec![
                resnet_convolution(input, width, 3, stride, inside),
                resnet_convolution(width, output, 3, 1, None),
            ];
        }
        let (first, second) = if self.early_stride { (stride, 1) } else { (1, stride) };
        let grouped = ConvNormShape {
            groups: self.groups,
            ..resnet_convolution(width, width, 3, second, inside)
        };
        vec![
            resnet_convolution(input, width, 1, first, inside),
            grouped,
            resnet_convolution(width, output, 1, 1, None),
        ]
    }

    /// `None`: what the block reads is added as it is.
    fn shortcut(&self, input: i64, stride: i64) -> Option<ConvNormShape> {
        let own_stride = if self.averaged_shortcut { 1 } else { stride };
        (stride != 1 || input != self.output).then(|| resnet_convolution(input, self.output, 1, own_stride, None))
    }

    /// Products of sizes that make up the number of the block's weights.
    pub fn sizes(&self, input: i64, stride: i64) -> Vec<[i64; 4]> {
        let convolutions = self.convolutions(input, stride).into_iter();
        convolutions
            .chain(self.shortcut(input, stride))
            .map(|convolution| convolution.sizes())
            .collect()
    }
}

pub struct ResNetBlock {
    convolutions: Vec<ConvNorm>,
    shortcut: Option<ConvNorm>,
    stride: i64,
    shape: ResNetBlockShape,
}

impl ResNetBlock {
    pub fn new(path: &Path, names: &ResNetBlockNames, input: i64, stride: i64, shape: ResNetBlockShape) -> Self {
        let convolutions = names.convolutions.iter().zip(shape.convolutions(input, stride));
        let shortcut = shape.shortcut(input, stride);
        ResNetBlock {
            convolutions: convolutions.map(|(names, c)| ConvNorm::new(path, *names, c)).collect(),
            shortcut: shortcut.map(|c| ConvNorm::new(path, names.shortcut, c)),
            stride,
            shape,
        }
    }

    /// (batch, input, height, width) → (batch, output, height / stride, width / stride).
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let convolutions = self.convolutions.iter();
        let residual = convolutions.fold(x.shallow_clone(), |x, convolution| convolution.forward(&x, train));
        let shortcut = match &self.shortcut {
            Some(shortcut) if self.shape.averaged_shortcut => shortcut.forward(&self.averaged(x), train),
            Some(shortcut) => shortcut.forward(x, train),
            None => x.shallow_clone(),
        };
        let sum = drop_path(residual, self.shape.drop_path, train) + shortcut;
        self.shape.activation.apply(&sum)
    }

    /// At the edge of an odd size the mean is that of the fewer pixels that there are.
    fn averaged(&self, x: &Tensor) -> Tensor {
        let square = [self.stride; 2];
        match self.stride {
            1 => x.shallow_clone(),
            _ => x.avg_pool2d(square, square, [0, 0], true, false, None),
        }
    }
}
