//! Which rewrites fire on which family.

/// A family, and what its graphs should become on a processor with AVX2 or AVX-512.
pub struct Family {
    /// A checkpoint or a case below tests/fixtures.
    pub source: &'static str,
    /// The rewrites that fire, in every precision.
    pub fires: &'static [&'static str],
    /// Those that fire as well once the weights are cast.
    pub cast: &'static [&'static str],
    /// Operators that a rewrite is for and that stay, each with the reason.
    pub stock: &'static [(&'static str, &'static str)],
}

const MUTATION: &str = "remove_mutation";
const NORMS: &str = "fold_batch_norm";
const PRECISIONS: &str = "align_precisions";
const MERGED: &str = "merge_linears";
const LINEAR: &str = "prepack_linear";
const ATTENTION: &str = "own_attention";
const WRITTEN_OUT: &str = "written_out_attention";
const LAYER_NORM: &str = "own_layer_norm";
const RMS_NORM: &str = "own_rms_norm";
const ROTARY: &str = "own_rotary";
const EMPTY: &str = "remove_empty_parts";
const ACTIVATION: &str = "written_out_activation";
const CONVOLUTION: &str = "own_convolution";

const fn family(source: &'static str, fires: &'static [&'static str]) -> Family {
    Family {
        source,
        fires,
        cast: &[],
        stock: &[],
    }
}

impl Family {
    const fn cast(mut self, cast: &'static [&'static str]) -> Self {
        self.cast = cast;
        self
    }

    const fn stock(mut self, stock: &'static [(&'static str, &'static str)]) -> Self {
        self.stock = stock;
        self
    }
}

const DISENTANGLED: (&str, &str) = ("aten::softmax", "masked scores keep something of what they were");
const SHIFTED: &[(&str, &str)] = &[(
    "aten::softmax",
    "windows that were shifted: scores take on another shape for their mask",
)];

pub const FAMILIES: &[Family] = &[
    family("heads/bert", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/roberta", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/xlm-roberta", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/camembert", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/distilbert", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/mpnet", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/electra", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/albert", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("heads/deberta-v2", &[MUTATION, MERGED, LINEAR, LAYER_NORM]).stock(&[DISENTANGLED]),
    family("families/deberta-v2/v2_conv", &[MERGED, LINEAR, LAYER_NORM]).stock(&[
        DISENTANGLED,
        (
            "aten::_convolution",
            "it slides over tokens; the rewrite knows those over pictures",
        ),
    ]),
    family("heads/modernbert", &[LINEAR, ATTENTION, LAYER_NORM, ROTARY]),
    family("heads/nomic_bert", &[LINEAR, ATTENTION, LAYER_NORM, ROTARY]),
    family("heads/bart", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    family("tokens/stanford", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]),
    // Traced in Python.
    family("export/t5", &[MUTATION, MERGED, LINEAR, ATTENTION, RMS_NORM]).cast(&[PRECISIONS]),
    // Query and key have norms of their own, and are not merged; in bf16 those that read the same share a conversion.
    family("export/qwen3", &[EMPTY, LINEAR, ATTENTION, RMS_NORM, ROTARY]).cast(&[PRECISIONS, MERGED]),
    family("export/ernie", &[MERGED, LINEAR, ATTENTION, LAYER_NORM]).cast(&[PRECISIONS]),
    // The same with attention written out, as others' modules have it.
    family("written_out/t5", &[MUTATION, MERGED, LINEAR, WRITTEN_OUT, RMS_NORM]).cast(&[PRECISIONS]),
    family(
        "written_out/t5_gated",
        &[MUTATION, ACTIVATION, MERGED, LINEAR, WRITTEN_OUT, RMS_NORM],
    )
    .cast(&[PRECISIONS]),
    family("written_out/qwen3", &[EMPTY, LINEAR, WRITTEN_OUT, RMS_NORM, ROTARY]).cast(&[PRECISIONS, MERGED]),
    family("written_out/ernie", &[MERGED, LINEAR, WRITTEN_OUT, LAYER_NORM]).cast(&[PRECISIONS]),
    family(
        "written_out/vit",
        &[MERGED, LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "written_out/clip",
        &[MERGED, LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION],
    )
    .cast(&[PRECISIONS]),
    family(
        "written_out/beit",
        &[MERGED, LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "written_out/swin",
        &[MERGED, LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION],
    ),
    family("written_out/timm_vit", &[LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION]),
    family("written_out/timm_swin", &[LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION])
        .cast(&[PRECISIONS])
        .stock(SHIFTED),
    family(
        "written_out/torchvision_swin",
        &[LINEAR, WRITTEN_OUT, LAYER_NORM, CONVOLUTION],
    )
    .stock(SHIFTED),
    family("images/clip", &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION]),
    family("images/siglip", &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION]),
    family(
        "vision/clip/vision",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/siglip/vision",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/vit/transformers_plain",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family("vision/vit/timm_plain", &[LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION]),
    family(
        "vision/vit/timm_clip_quickgelu",
        &[LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/deit/transformers_plain",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family("vision/deit/timm_plain", &[LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION]),
    family(
        "vision/dinov2/transformers_own_size",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/dinov2/transformers_registers_gated",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/dinov2/timm_own_size",
        &[LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family(
        "vision/swin/transformers_plain",
        &[MERGED, LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION],
    ),
    family("vision/swin/timm_plain", &[LINEAR, ATTENTION, LAYER_NORM, CONVOLUTION]),
    family("vision/convnext/v1", &[LINEAR, LAYER_NORM, CONVOLUTION]),
    family("vision/convnext/v2", &[LINEAR, LAYER_NORM, CONVOLUTION]),
    family("vision/convnext/timm_v1", &[LINEAR, LAYER_NORM, CONVOLUTION]),
    family("vision/efficientnet/transformers_stages", &[NORMS, LINEAR, CONVOLUTION]),
    family("vision/mobilenet_v2/transformers", &[NORMS, LINEAR, CONVOLUTION]),
    family(
        "vision/mobilenet_v3/mobilenetv3_small_050",
        &[NORMS, LINEAR, CONVOLUTION],
    ),
    family("vision/resnet/bottleneck", &[NORMS, LINEAR, CONVOLUTION]),
    family("vision/resnet/basic", &[NORMS, LINEAR, CONVOLUTION]),
    family("vision/vgg/torchvision", &[NORMS, LINEAR, CONVOLUTION]),
];
