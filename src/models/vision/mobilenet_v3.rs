//! MobileNetV3 (<https://arxiv.org/abs/1905.02244>): inverted residuals of which some squeeze, hard swish, and a head that pools
//! before its widest product. Names and arithmetic as timm's `mobilenetv3_*` and `tf_mobilenetv3_*`.

use tch::Tensor;

use super::mobile_rows::row;
use super::mobile_stages::{scaled, Head, Squeeze, Stages, EPS, TENSORFLOW_EPS};
use super::timm::{names, variant};
use super::{TimmFamily, WeightNames};

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(&VARIANTS),
    build: |path, config, architecture| variant(&VARIANTS, architecture)?.build(path, config),
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &["num_batches_tracked"],
    },
};

const VARIANTS: [(&str, Stages); 13] = [
    ("mobilenetv3_small_050", NARROW),
    ("mobilenetv3_small_075", wide(SMALL, 0.75)),
    ("mobilenetv3_small_100", SMALL),
    ("mobilenetv3_large_075", wide(LARGE, 0.75)),
    ("mobilenetv3_large_100", LARGE),
    ("mobilenetv3_large_150d", DEEP),
    ("mobilenetv3_rw", RW),
    ("tf_mobilenetv3_small_075", tensorflow(wide(SMALL, 0.75))),
    ("tf_mobilenetv3_small_100", tensorflow(SMALL)),
    ("tf_mobilenetv3_small_minimal_100", tensorflow(SMALL_MINIMAL)),
    ("tf_mobilenetv3_large_075", tensorflow(wide(LARGE, 0.75))),
    ("tf_mobilenetv3_large_100", tensorflow(LARGE)),
    ("tf_mobilenetv3_large_minimal_100", tensorflow(LARGE_MINIMAL)),
];

/// Table 1 of the paper.
const LARGE: Stages = Stages {
    rows: &[
        &[row(1, 3, 1, 1., 16).with("relu")],
        &[row(1, 3, 2, 4., 24).with("relu"), row(1, 3, 1, 3., 24).with("relu")],
        &[row(3, 5, 2, 3., 40).with("relu").squeezed()],
        &[row(1, 3, 2, 6., 80), row(1, 3, 1, 2.5, 80), row(2, 3, 1, 2.3, 80)],
        &[row(2, 3, 1, 6., 112).squeezed()],
        &[row(3, 5, 2, 6., 160).squeezed()],
    ],
    width: 1.,
    depth: 1.,
    stem: 16,
    fixed_ends: false,
    activation: "hardswish",
    squeeze: Some(Squeeze {
        channels: |_, expanded| scaled(expanded, 0.25),
        activation: Some("relu"),
        gate: Tensor::hardsigmoid,
    }),
    first_residual: true,
    head: Head::Product {
        stage: 960,
        output: 1280,
        bias: true,
    },
    same_padding: false,
    eps: EPS,
};

/// Table 2.
const SMALL: Stages = Stages {
    rows: &[
        &[row(1, 3, 2, 1., 16).with("relu").squeezed()],
        &[row(1, 3, 2, 4.5, 24).with("relu"), row(1, 3, 1, 3.67, 24).with("relu")],
        &[row(1, 5, 2, 4., 40).squeezed(), row(2, 5, 1, 6., 40).squeezed()],
        &[row(2, 5, 1, 3., 48).squeezed()],
        &[row(3, 5, 2, 6., 96).squeezed()],
    ],
    head: Head::Product {
        stage: 576,
        output: 1024,
        bias: true,
    },
    ..LARGE
};

/// "Minimalistic", for devices that have neither: kernels of 3 only, nothing squeezed, ReLU everywhere.
const LARGE_MINIMAL: Stages = Stages {
    rows: &[
        &[row(1, 3, 1, 1., 16)],
        &[row(1, 3, 2, 4., 24), row(1, 3, 1, 3., 24)],
        &[row(3, 3, 2, 3., 40)],
        &[row(1, 3, 2, 6., 80), row(1, 3, 1, 2.5, 80), row(2, 3, 1, 2.3, 80)],
        &[row(2, 3, 1, 6., 112)],
        &[row(3, 3, 2, 6., 160)],
    ],
    activation: "relu",
    ..LARGE
};

const SMALL_MINIMAL: Stages = Stages {
    rows: &[
        &[row(1, 3, 2, 1., 16)],
        &[row(1, 3, 2, 4.5, 24), row(1, 3, 1, 3.67, 24)],
        &[row(1, 3, 2, 4., 40), row(2, 3, 1, 6., 40)],
        &[row(2, 3, 1, 3., 48)],
        &[row(3, 3, 2, 6., 96)],
    ],
    activation: "relu",
    ..SMALL
};

const NARROW: Stages = Stages {
    fixed_ends: true,
    ..wide(SMALL, 0.5)
};

const DEEP: Stages = Stages {
    depth: 1.2,
    ..wide(LARGE, 1.5)
};

/// timm's own reading of the paper, trained before the authors' code was there.
const RW: Stages = Stages {
    squeeze: Some(Squeeze {
        channels: |_, expanded| expanded / 4,
        activation: None,
        gate: Tensor::hardsigmoid,
    }),
    first_residual: false,
    head: Head::Product {
        stage: 960,
        output: 1280,
        bias: false,
    },
    eps: TENSORFLOW_EPS,
    ..LARGE
};

const fn wide(stages: Stages, width: f64) -> Stages {
    Stages { width, ..stages }
}

const fn tensorflow(stages: Stages) -> Stages {
    Stages {
        same_padding: true,
        eps: TENSORFLOW_EPS,
        ..stages
    }
}
