//! timm's variants of ViT that are its VisionTransformer and no more: the paper's (<https://arxiv.org/abs/2010.11929>) and
//! those of CLIP, SigLIP, RADIO, TIPS, InternViT and timm itself.

use super::timm::names;
use super::vit_variant::{size, Variant, BASE, GATED_GIANT, HUGE, LARGE, MEDIUM, SMALL, TINY};
use super::{vit_timm, TimmFamily};

pub const TIMM: TimmFamily = TimmFamily {
    architectures: &names(VARIANTS),
    build: |path, config, architecture| vit_timm::build(path, config, VARIANTS, architecture),
    names: vit_timm::WEIGHTS,
};

const BASE_PLUS: Variant = size(896, 12, 14, 4.);
const BETWIXT: Variant = size(640, 12, 10, 4.);
const BASE_GAP: Variant = size(768, 12, 16, 4.);
const GIANT: Variant = size(1408, 40, 16, 48. / 11.);
const GIANT_OPT: Variant = size(1536, 40, 16, 4.);
const GIANT_RADIO: Variant = size(1536, 40, 24, 4.);
const GIGANTIC: Variant = size(1664, 48, 16, 64. / 13.);
const LITTLE: Variant = size(320, 14, 5, 5.6);
const MEDIUM_D: Variant = size(512, 20, 8, 4.);
const SO150M: Variant = size(896, 18, 14, 2.572);
const SO150M2: Variant = size(832, 21, 13, 34. / 13.);
const SO400M: Variant = size(1152, 27, 16, 3.7362);
/// The same under another ratio.
const SO400M_EXACT: Variant = size(1152, 27, 16, 269. / 72.);
const WEE: Variant = size(256, 14, 4, 5.);
const XSMALL: Variant = size(256, 10, 4, 4.);
const SMALL_DEEP: Variant = size(384, 36, 6, 4.);

const VARIANTS: &[(&str, Variant); 125] = &[
    ("eva_large_patch14_196", LARGE.patch(14).averaged_with_class()),
    ("eva_large_patch14_336", LARGE.patch(14).averaged_with_class()),
    ("flexivit_base", BASE.free()),
    ("flexivit_large", LARGE.free()),
    ("flexivit_small", SMALL.free()),
    ("vit_base_patch8_224", BASE.patch(8)),
    ("vit_base_patch14_reg1_tipsv2", BASE.patch(14).scaled().registers(1)),
    ("vit_base_patch16_224", BASE),
    ("vit_base_patch16_224_miil", BASE.without_qkv_bias()),
    ("vit_base_patch16_384", BASE),
    ("vit_base_patch16_clip_224", BASE.clip("gelu")),
    ("vit_base_patch16_clip_384", BASE.clip("gelu")),
    ("vit_base_patch16_clip_quickgelu_224", BASE.clip("quick_gelu")),
    ("vit_base_patch16_gap_224", BASE_GAP.gap()),
    ("vit_base_patch16_plus_240", BASE_PLUS.scaled()),
    ("vit_base_patch16_plus_clip_240", BASE_PLUS.clip("gelu")),
    (
        "vit_base_patch16_radio_v3",
        BASE.scaled().registers(7).without_final_norm(),
    ),
    ("vit_base_patch16_reg4_gap_256", BASE.registers(4).averaged()),
    ("vit_base_patch16_siglip_gap_224", BASE.gap()),
    ("vit_base_patch16_siglip_gap_256", BASE.gap()),
    ("vit_base_patch16_siglip_gap_384", BASE.gap()),
    ("vit_base_patch16_siglip_gap_512", BASE.gap()),
    ("vit_base_patch32_224", BASE.patch(32)),
    ("vit_base_patch32_384", BASE.patch(32)),
    ("vit_base_patch32_clip_224", BASE.patch(32).clip("gelu")),
    ("vit_base_patch32_clip_256", BASE.patch(32).clip("gelu")),
    ("vit_base_patch32_clip_384", BASE.patch(32).clip("gelu")),
    ("vit_base_patch32_clip_448", BASE.patch(32).clip("gelu")),
    ("vit_base_patch32_clip_quickgelu_224", BASE.patch(32).clip("quick_gelu")),
    ("vit_base_patch32_plus_256", BASE_PLUS.patch(32).scaled()),
    (
        "vit_base_patch32_siglip_gap_256",
        BASE.patch(32).with("gelu_pytorch_tanh").gap(),
    ),
    ("vit_betwixt_patch16_gap_256", BETWIXT.scaled().without_qkv_bias().gap()),
    (
        "vit_betwixt_patch16_reg1_gap_256",
        BETWIXT.scaled().registers(1).averaged(),
    ),
    (
        "vit_betwixt_patch16_reg4_gap_256",
        BETWIXT.scaled().registers(4).averaged(),
    ),
    (
        "vit_betwixt_patch16_reg4_gap_384",
        BETWIXT.scaled().registers(4).averaged(),
    ),
    ("vit_betwixt_patch32_clip_224", BETWIXT.patch(32).clip("gelu")),
    ("vit_giant_patch14_224", GIANT.patch(14)),
    ("vit_giant_patch14_clip_224", GIANT.patch(14).clip("gelu")),
    (
        "vit_giant_patch14_reg1_tipsv2",
        GATED_GIANT.patch(14).scaled().registers(1),
    ),
    ("vit_giant_patch16_gap_224", GIANT.gap()),
    (
        "vit_giant_patch16_radio_v3",
        GIANT_RADIO.registers(7).without_final_norm(),
    ),
    (
        "vit_giantopt_patch16_siglip_gap_256",
        GIANT_OPT.with("gelu_pytorch_tanh").gap(),
    ),
    (
        "vit_giantopt_patch16_siglip_gap_384",
        GIANT_OPT.with("gelu_pytorch_tanh").gap(),
    ),
    ("vit_gigantic_patch14_224", GIGANTIC.patch(14)),
    ("vit_gigantic_patch14_clip_224", GIGANTIC.patch(14).clip("gelu")),
    ("vit_gigantic_patch14_clip_378", GIGANTIC.patch(14).clip("gelu")),
    (
        "vit_gigantic_patch14_clip_quickgelu_224",
        GIGANTIC.patch(14).clip("quick_gelu"),
    ),
    ("vit_huge_patch14_224", HUGE.patch(14)),
    ("vit_huge_patch14_clip_224", HUGE.patch(14).clip("gelu")),
    ("vit_huge_patch14_clip_336", HUGE.patch(14).clip("gelu")),
    ("vit_huge_patch14_clip_378", HUGE.patch(14).clip("gelu")),
    ("vit_huge_patch14_clip_quickgelu_224", HUGE.patch(14).clip("quick_gelu")),
    ("vit_huge_patch14_clip_quickgelu_378", HUGE.patch(14).clip("quick_gelu")),
    ("vit_huge_patch14_gap_224", HUGE.patch(14).gap()),
    ("vit_huge_patch16_gap_448", HUGE.gap()),
    ("vit_huge_patch16_radio_v3", HUGE.registers(7).without_final_norm()),
    ("vit_huge_patch16_radio_v4", HUGE.registers(9).without_final_norm()),
    (
        "vit_intern300m_patch14_448",
        LARGE.patch(14).scaled().without_final_norm().any_size(),
    ),
    ("vit_large_patch14_224", LARGE.patch(14)),
    ("vit_large_patch14_clip_224", LARGE.patch(14).clip("gelu")),
    ("vit_large_patch14_clip_336", LARGE.patch(14).clip("gelu")),
    (
        "vit_large_patch14_clip_quickgelu_224",
        LARGE.patch(14).clip("quick_gelu"),
    ),
    (
        "vit_large_patch14_clip_quickgelu_336",
        LARGE.patch(14).clip("quick_gelu"),
    ),
    ("vit_large_patch14_reg1_tipsv2", LARGE.patch(14).scaled().registers(1)),
    ("vit_large_patch16_224", LARGE),
    ("vit_large_patch16_384", LARGE),
    (
        "vit_large_patch16_radio_v3",
        LARGE.scaled().registers(7).without_final_norm(),
    ),
    ("vit_large_patch16_siglip_gap_256", LARGE.gap()),
    ("vit_large_patch16_siglip_gap_384", LARGE.gap()),
    (
        "vit_large_patch16_siglip_gap_512",
        LARGE.with("gelu_pytorch_tanh").gap(),
    ),
    ("vit_large_patch32_224", LARGE.patch(32)),
    ("vit_large_patch32_384", LARGE.patch(32)),
    (
        "vit_little_patch16_reg1_gap_256",
        LITTLE.scaled().registers(1).averaged(),
    ),
    (
        "vit_little_patch16_reg4_gap_256",
        LITTLE.scaled().registers(4).averaged(),
    ),
    ("vit_medium_patch16_clip_224", MEDIUM.clip("gelu")),
    ("vit_medium_patch16_gap_240", MEDIUM.scaled().without_qkv_bias().gap()),
    ("vit_medium_patch16_gap_256", MEDIUM.scaled().without_qkv_bias().gap()),
    ("vit_medium_patch16_gap_384", MEDIUM.scaled().without_qkv_bias().gap()),
    (
        "vit_medium_patch16_reg1_gap_256",
        MEDIUM.scaled().registers(1).averaged(),
    ),
    (
        "vit_medium_patch16_reg4_gap_256",
        MEDIUM.scaled().registers(4).averaged(),
    ),
    ("vit_medium_patch32_clip_224", MEDIUM.patch(32).clip("gelu")),
    (
        "vit_mediumd_patch16_reg4_gap_256",
        MEDIUM_D.scaled().registers(4).averaged(),
    ),
    (
        "vit_mediumd_patch16_reg4_gap_384",
        MEDIUM_D.scaled().registers(4).averaged(),
    ),
    ("vit_small_patch8_224", SMALL.patch(8)),
    ("vit_small_patch16_36x1_224", SMALL_DEEP.scaled()),
    ("vit_small_patch16_224", SMALL),
    ("vit_small_patch16_384", SMALL),
    ("vit_small_patch32_224", SMALL.patch(32)),
    ("vit_small_patch32_384", SMALL.patch(32)),
    (
        "vit_so150m2_patch16_reg1_gap_256",
        SO150M2.scaled().without_qkv_bias().placed_registers(1).averaged(),
    ),
    (
        "vit_so150m2_patch16_reg1_gap_384",
        SO150M2.scaled().without_qkv_bias().placed_registers(1).averaged(),
    ),
    (
        "vit_so150m2_patch16_reg1_gap_448",
        SO150M2.scaled().without_qkv_bias().placed_registers(1).averaged(),
    ),
    ("vit_so150m_patch16_reg4_gap_256", SO150M.placed_registers(4).gap()),
    ("vit_so150m_patch16_reg4_gap_384", SO150M.placed_registers(4).gap()),
    (
        "vit_so400m_patch14_reg1_tipsv2",
        SO400M_EXACT.patch(14).scaled().registers(1),
    ),
    ("vit_so400m_patch14_siglip_gap_224", SO400M.patch(14).gap()),
    ("vit_so400m_patch14_siglip_gap_378", SO400M.patch(14).gap()),
    ("vit_so400m_patch14_siglip_gap_384", SO400M.patch(14).gap()),
    ("vit_so400m_patch14_siglip_gap_448", SO400M.patch(14).gap()),
    ("vit_so400m_patch14_siglip_gap_896", SO400M.patch(14).gap()),
    (
        "vit_so400m_patch16_radio_v4",
        SO400M_EXACT.registers(9).without_final_norm(),
    ),
    (
        "vit_so400m_patch16_siglip_gap_256",
        SO400M.with("gelu_pytorch_tanh").gap(),
    ),
    (
        "vit_so400m_patch16_siglip_gap_384",
        SO400M.with("gelu_pytorch_tanh").gap(),
    ),
    (
        "vit_so400m_patch16_siglip_gap_512",
        SO400M.with("gelu_pytorch_tanh").gap(),
    ),
    ("vit_tiny_patch16_224", TINY),
    ("vit_tiny_patch16_384", TINY),
    ("vit_wee_patch16_reg1_gap_256", WEE.scaled().registers(1).averaged()),
    ("vit_xsmall_patch16_clip_224", XSMALL.clip("gelu")),
    ("vit_base_patch16_siglip_224", BASE.attending()),
    ("vit_base_patch16_siglip_256", BASE.attending()),
    ("vit_base_patch16_siglip_384", BASE.attending()),
    ("vit_base_patch16_siglip_512", BASE.attending()),
    (
        "vit_base_patch32_siglip_256",
        BASE.patch(32).with("gelu_pytorch_tanh").attending(),
    ),
    (
        "vit_giantopt_patch16_siglip_256",
        GIANT_OPT.with("gelu_pytorch_tanh").attending(),
    ),
    (
        "vit_giantopt_patch16_siglip_384",
        GIANT_OPT.with("gelu_pytorch_tanh").attending(),
    ),
    ("vit_large_patch16_siglip_256", LARGE.attending()),
    ("vit_large_patch16_siglip_384", LARGE.attending()),
    (
        "vit_large_patch16_siglip_512",
        LARGE.with("gelu_pytorch_tanh").attending(),
    ),
    (
        "vit_so150m_patch16_reg4_map_256",
        SO150M.placed_registers(4).attending(),
    ),
    ("vit_so400m_patch14_siglip_224", SO400M.patch(14).attending()),
    ("vit_so400m_patch14_siglip_378", SO400M.patch(14).attending()),
    ("vit_so400m_patch14_siglip_384", SO400M.patch(14).attending()),
    (
        "vit_so400m_patch16_siglip_256",
        SO400M.with("gelu_pytorch_tanh").attending(),
    ),
    (
        "vit_so400m_patch16_siglip_384",
        SO400M.with("gelu_pytorch_tanh").attending(),
    ),
    (
        "vit_so400m_patch16_siglip_512",
        SO400M.with("gelu_pytorch_tanh").attending(),
    ),
];
