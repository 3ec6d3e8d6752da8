//! ConvNeXt and ConvNeXt V2 as timm has them (`timm/models/convnext.py`), its own small variants included.

use tch::nn::Path;

use super::blocks::{Activation, ConvNeXtBlockNames, ConvNeXtBlockShape};
use super::networks::{ConvNeXt, ConvNeXtNames, ConvNeXtShape, ConvNeXtStage, ConvNeXtStem};
use super::timm::{names, variant, TimmConfig};
use super::{Config, ImageEncoder, TimmFamily, WeightNames};
use crate::error::Result;

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(&VARIANTS),
    build,
    names: WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &[],
    },
};

#[derive(Clone, Copy)]
struct Variant {
    depths: [i64; 4],
    channels: [i64; 4],
    kernels: [i64; 4],
    /// Between the stem's two convolutions, where it overlaps; `None`: it makes patches of 4×4.
    overlapping: Option<i64>,
    /// Whether it is V2: responses are normalised instead of results scaled.
    response_norm: bool,
    /// Whether the products are stored as convolutions.
    convolutions: bool,
    norm_first: bool,
    product: Option<i64>,
    activation: &'static str,
    eps: f64,
}

const fn v1(depths: [i64; 4], width: i64) -> Variant {
    Variant {
        depths,
        channels: [width, 2 * width, 4 * width, 8 * width],
        kernels: [7; 4],
        overlapping: None,
        response_norm: false,
        convolutions: false,
        norm_first: false,
        product: None,
        activation: "gelu",
        eps: 1e-6,
    }
}

const fn v2(variant: Variant) -> Variant {
    Variant {
        response_norm: true,
        ..variant
    }
}

const fn small(depths: [i64; 4], width: i64) -> Variant {
    Variant {
        convolutions: true,
        ..v1(depths, width)
    }
}

const fn overlapping(middle: i64, variant: Variant) -> Variant {
    Variant {
        overlapping: Some(middle),
        ..variant
    }
}

const fn test(depths: [i64; 4], channels: [i64; 4]) -> Variant {
    Variant {
        channels,
        activation: "gelu_pytorch_tanh",
        eps: 1e-5,
        ..v1(depths, 0)
    }
}

const ATTO: Variant = small([2, 2, 6, 2], 40);
const FEMTO: Variant = small([2, 2, 6, 2], 48);
const PICO: Variant = small([2, 2, 6, 2], 64);
const NANO: Variant = small([2, 2, 8, 2], 80);
const TINY: Variant = v1([3, 3, 9, 3], 96);
const SMALL: Variant = v1([3, 3, 27, 3], 96);
const BASE: Variant = v1([3, 3, 27, 3], 128);
const LARGE: Variant = v1([3, 3, 27, 3], 192);
const XLARGE: Variant = v1([3, 3, 27, 3], 256);
const HUGE: Variant = v1([3, 3, 27, 3], 352);

const TINY_HNF: Variant = Variant {
    convolutions: true,
    norm_first: true,
    ..TINY
};

const LARGE_MLP: Variant = Variant {
    product: Some(1536),
    ..LARGE
};

const XXLARGE: Variant = Variant {
    eps: 1e-5,
    ..v1([3, 4, 30, 3], 384)
};

const TEST3: Variant = Variant {
    kernels: [7, 5, 5, 3],
    activation: "silu",
    ..test([1; 4], [32, 64, 96, 128])
};

const VARIANTS: [(&str, Variant); 28] = [
    ("convnext_atto", ATTO),
    ("convnext_atto_ols", overlapping(24, ATTO)),
    ("convnext_femto", FEMTO),
    ("convnext_femto_ols", overlapping(24, FEMTO)),
    ("convnext_pico", PICO),
    ("convnext_pico_ols", overlapping(32, PICO)),
    ("convnext_nano", NANO),
    ("convnext_nano_ols", overlapping(80, NANO)),
    ("convnext_tiny_hnf", TINY_HNF),
    ("convnext_tiny", TINY),
    ("convnext_small", SMALL),
    ("convnext_base", BASE),
    ("convnext_large", LARGE),
    ("convnext_large_mlp", LARGE_MLP),
    ("convnext_xlarge", XLARGE),
    ("convnext_xxlarge", XXLARGE),
    ("convnextv2_atto", v2(ATTO)),
    ("convnextv2_femto", v2(FEMTO)),
    ("convnextv2_pico", v2(PICO)),
    ("convnextv2_nano", v2(NANO)),
    ("convnextv2_tiny", v2(TINY)),
    ("convnextv2_small", v2(SMALL)),
    ("convnextv2_base", v2(BASE)),
    ("convnextv2_large", v2(LARGE)),
    ("convnextv2_huge", v2(HUGE)),
    ("test_convnext", test([1, 2, 4, 2], [24, 32, 48, 64])),
    ("test_convnext2", test([1; 4], [32, 64, 96, 128])),
    ("test_convnext3", TEST3),
];

const PATCHES: ConvNeXtNames = ConvNeXtNames {
    stem: &["stem.0"],
    stem_norm: "stem.1",
    stages: "stages",
    downsample_norm: "downsample.0",
    downsample: "downsample.1",
    blocks: "blocks",
    block: ConvNeXtBlockNames {
        depthwise: "conv_dw",
        norm: "norm",
        fc1: "mlp.fc1",
        response_norm: "mlp.grn",
        fc2: "mlp.fc2",
        scale: "gamma",
    },
    norm: "head.norm",
    product: "head.pre_logits.fc",
    head: "head.fc",
};

const OVERLAPPING: ConvNeXtNames = ConvNeXtNames {
    stem: &["stem.0", "stem.1"],
    stem_norm: "stem.2",
    ..PATCHES
};

const NORM_FIRST: ConvNeXtNames = ConvNeXtNames {
    norm: "norm_pre",
    ..PATCHES
};

fn build(path: &Path, config: &Config, architecture: &str) -> Result<Box<dyn ImageEncoder>> {
    let variant = *variant(&VARIANTS, architecture)?;
    let timm = TimmConfig::read(
        config,
        &["drop_path_rate", "norm_eps", "head_hidden_size", "head_init_scale"],
        "avg",
    )?;
    let eps = timm.arguments.positive("norm_eps", variant.eps)?;
    let product = match timm.arguments.get("head_hidden_size") {
        Some(_) => Some(timm.arguments.size("head_hidden_size", None)?),
        None => variant.product,
    };
    let activation = Activation::by_name(variant.activation)?;
    let stage = |((channels, depth), kernel)| ConvNeXtStage {
        depth,
        block: ConvNeXtBlockShape {
            channels,
            kernel,
            activation,
            eps,
            product_axes: if variant.convolutions { &[1, 1] } else { &[] },
            response_axes: variant.response_norm.then_some(&[]),
            scaled: !variant.response_norm,
            drop_path: 0.,
        },
    };
    let overlapping = |output| ConvNeXtStem {
        output,
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let [first, ..] = variant.channels;
    let (names, stem) = match variant.overlapping {
        Some(middle) => (&OVERLAPPING, vec![overlapping(middle), overlapping(first)]),
        None if variant.norm_first => (&NORM_FIRST, vec![ConvNeXtStem::patches(first, 4)]),
        None => (&PATCHES, vec![ConvNeXtStem::patches(first, 4)]),
    };
    let stages = variant.channels.into_iter().zip(variant.depths).zip(variant.kernels);
    let shape = ConvNeXtShape {
        stem,
        stages: stages.map(stage).collect(),
        eps,
        last_eps: eps,
        norm_first: variant.norm_first,
        product,
        drop_path: timm.arguments.dropout("drop_path_rate", 0.)?,
        dropout: timm.dropout,
        classes: timm.classes,
    };
    Ok(Box::new(ConvNeXt::new(path, config, names, &shape)?))
}
