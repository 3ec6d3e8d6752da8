//! The unit of which mobile networks are made: a convolution, batch normalisation, an activation.

use tch::nn::{self, Path};
use tch::Tensor;

use super::{at, Activation, BatchNorm, Padding};

/// What a family calls the two that have weights; a dot leads one level down.
#[derive(Clone, Copy)]
pub struct ConvNormNames<'a> {
    pub conv: &'a str,
    pub norm: &'a str,
}

impl<'a> ConvNormNames<'a> {
    pub const fn new(conv: &'a str, norm: &'a str) -> Self {
        ConvNormNames { conv, norm }
    }
}

#[derive(Clone, Copy)]
pub struct ConvNormShape {
    pub input: i64,
    pub output: i64,
    pub kernel: i64,
    pub stride: i64,
    pub groups: i64,
    pub padding: Padding,
    pub eps: f64,
    pub activation: Option<Activation>,
}

impl ConvNormShape {
    /// The sizes whose product is the number of the convolution's weights.
    pub fn sizes(&self) -> [i64; 4] {
        [self.output, self.input / self.groups, self.kernel, self.kernel]
    }

    /// The shortest side of which `results` come.
    pub fn least(&self, results: i64) -> i64 {
        self.padding.least(results, self.kernel, self.stride)
    }
}

pub struct ConvNorm {
    weight: Tensor,
    norm: BatchNorm,
    shape: ConvNormShape,
}

impl ConvNorm {
    pub fn new(path: &Path, names: ConvNormNames, shape: ConvNormShape) -> Self {
        let conv = at(path, names.conv);
        ConvNorm {
            weight: conv.var("weight", &shape.sizes(), nn::init::DEFAULT_KAIMING_UNIFORM),
            norm: BatchNorm::new(at(path, names.norm), shape.output, shape.eps),
            shape,
        }
    }

    /// (batch, input, height, width) → (batch, output, height / stride, width / stride).
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let x = self.norm.forward(&self.convolve(x), train);
        match self.shape.activation {
            Some(activation) => activation.apply(&x),
            None => x,
        }
    }

    fn convolve(&self, x: &Tensor) -> Tensor {
        let shape = &self.shape;
        let around = |axis: usize| shape.padding.around(x.size()[axis], shape.kernel, shape.stride);
        let ((top, bottom), (left, right)) = (around(2), around(3));
        let convolved = |x: &Tensor, zeros: [i64; 2]| {
            x.conv2d(
                &self.weight,
                None::<&Tensor>,
                [shape.stride; 2],
                zeros,
                [1, 1],
                shape.groups,
            )
        };
        // A convolution pads by itself where both sides get the same.
        if top == bottom && left == right {
            convolved(x, [top, left])
        } else {
            convolved(&x.constant_pad_nd([left, right, top, bottom]), [0, 0])
        }
    }
}
