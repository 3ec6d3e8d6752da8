"""Makes tests/fixtures/vision/{vit,deit,dinov2,swin} out of timm and transformers: a few narrow layers, their options flipped.

    python tests/python/vision_attention.py
"""

import json
import tempfile
from pathlib import Path

import filled
import timm
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file
from timm.models._hub import save_config_for_hf

torch.set_num_threads(1)

BATCH = 2


def timm_case(family, name, architecture, size, other_size=False, old=False, **arguments):
    """`other_size`: the reference takes any size, though the configuration does not say so; `old`: as in old repositories."""
    model = timm.create_model(architecture, **arguments)
    with tempfile.TemporaryDirectory() as folder:
        save_config_for_hf(model, Path(folder) / "config.json", model_args=arguments)
        config = json.loads((Path(folder) / "config.json").read_text())
    if old:
        config = {"architecture": config["architecture"], "num_features": config["num_features"], **config["pretrained_cfg"]}
    if other_size:
        model = timm.create_model(architecture, **arguments, dynamic_img_size=True)
    weights = filled.fill(model)
    pixels = filled.pixels(BATCH, *size)
    with torch.no_grad():
        features = model.forward_features(pixels)
        tensors = {"embedding": model.forward_head(features, pre_logits=True)}
        if model.num_classes:
            tensors["logits"] = model.forward_head(features)
    filled.write_case(family, f"timm_{name}", config, weights, (BATCH, *size), tensors)


def transformers_case(family, name, model, embed, size):
    """`embed` makes the embedding out of the bare model's output. The weights have the names that a checkpoint gives them."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        path = Path(folder) / "model.safetensors"
        with safe_open(path, "pt") as file:
            weights = [[key, file.get_slice(key).get_shape()] for key in file.keys()]
        save_file({key: filled.value(key, shape) for key, shape in weights}, path, {"format": "pt"})
        model = type(model).from_pretrained(folder).eval()
        config = json.loads((Path(folder) / "config.json").read_text())
    pixels = filled.pixels(BATCH, *size)
    with torch.no_grad():
        tensors = {"embedding": embed(model.base_model(pixels))}
        if "Classification" in type(model).__name__:
            tensors["logits"] = model(pixels).logits
    filled.write_case(family, f"transformers_{name}", config, weights, (BATCH, *size), tensors)


def class_token(output):
    return output.last_hidden_state[:, 0]


def pooled(output):
    return output.pooler_output


def averaged(output):
    return output.last_hidden_state.mean(1)


NARROW = {"embed_dim": 24, "depth": 2, "num_heads": 3, "patch_size": 8, "img_size": 32}


def vit():
    square = (32, 32)

    def case(name, architecture, size=square, **arguments):
        timm_case("vit", name, architecture, size, **{**NARROW, "num_classes": 5, **arguments})

    case("plain", "vit_tiny_patch16_224")
    case("no_head", "vit_tiny_patch16_224", num_classes=0)
    case("wide_picture", "vit_small_patch32_384", (24, 40), img_size=(24, 40), mlp_ratio=2.5)
    case("any_size", "vit_base_patch8_224", (40, 24), dynamic_img_size=True)
    case("clip", "vit_base_patch16_clip_224", num_classes=0)
    case("clip_quickgelu", "vit_base_patch32_clip_quickgelu_224")
    case("gap", "vit_base_patch16_gap_224")
    case("gap_scaled", "vit_medium_patch16_gap_240")
    case("siglip_gap", "vit_so400m_patch16_siglip_gap_256", num_classes=0)
    case("registers", "vit_medium_patch16_reg4_gap_256")
    case("placed_registers", "vit_so150m_patch16_reg4_gap_256")
    case("averaged", "eva_large_patch14_196")
    case("free", "flexivit_small")
    case("no_qkv_bias", "vit_base_patch16_224_miil")
    case("intern", "vit_intern300m_patch14_448", (48, 32))
    case("radio", "vit_base_patch16_radio_v3", num_classes=0)
    case("siglip", "vit_base_patch32_siglip_256", num_classes=0)
    case("attending", "vit_so150m_patch16_reg4_map_256")
    case("tips", "vit_giant_patch14_reg1_tipsv2", num_classes=0)
    case("max", "vit_tiny_patch16_224", global_pool="max", class_token=False)
    case("mean_and_max", "vit_tiny_patch16_224", global_pool="avgmax", fc_norm=False, init_values=0.1, qkv_bias=False)
    case("norms", "vit_tiny_patch16_224", pre_norm=True, fc_norm=True, reg_tokens=2, no_embed_class=True)

    timm_case("vit", "old", "vit_tiny_patch16_384", (384, 384), old=True)

    narrow = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
    config = transformers.ViTConfig(**narrow, image_size=32, patch_size=8)
    transformers_case("vit", "plain", transformers.ViTModel(config), class_token, square)
    transformers_case("vit", "no_pooler", transformers.ViTModel(config, add_pooling_layer=False), class_token, square)
    transformers_case("vit", "masked", transformers.ViTForMaskedImageModeling(config), class_token, square)
    flipped = transformers.ViTConfig(
        **narrow, image_size=[24, 40], patch_size=8, hidden_act="relu", layer_norm_eps=1e-2, qkv_bias=False, num_labels=5
    )
    model = transformers.ViTForImageClassification(flipped)
    transformers_case("vit", "flipped", model, class_token, (24, 40))


def deit():
    square = (32, 32)

    def case(name, architecture, **arguments):
        timm_case("deit", name, architecture, square, **{**NARROW, "num_classes": 5, **arguments})

    case("plain", "deit_small_patch16_224")
    case("distilled", "deit_tiny_distilled_patch16_224")
    case("distilled_no_head", "deit_base_distilled_patch16_384", num_classes=0)
    case("third", "deit3_small_patch16_384")

    narrow = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
    config = transformers.DeiTConfig(**narrow, image_size=32, patch_size=8, num_labels=5)
    transformers_case("deit", "plain", transformers.DeiTModel(config), class_token, square)
    transformers_case("deit", "one_head", transformers.DeiTForImageClassification(config), class_token, square)
    config = transformers.DeiTConfig(
        **narrow, image_size=32, patch_size=8, hidden_act="quick_gelu", layer_norm_eps=1e-2, qkv_bias=False
    )
    model = transformers.DeiTForImageClassificationWithTeacher(config)
    transformers_case("deit", "two_heads", model, class_token, square)


def dinov2():
    narrow = {**NARROW, "img_size": 56, "patch_size": 14, "num_classes": 0}

    def case(name, architecture, size, **arguments):
        timm_case("dinov2", name, architecture, size, other_size=True, **{**narrow, **arguments})

    case("own_size", "vit_small_patch14_dinov2", (56, 56))
    case("smaller", "vit_small_patch14_dinov2", (28, 42), num_classes=5)
    case("larger", "vit_base_patch14_reg4_dinov2", (70, 84))
    case("giant", "vit_giant_patch14_reg4_dinov2", (42, 56))
    case("giant_without_registers", "vit_giant_patch14_dinov2", (28, 28))

    narrow = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 56, "patch_size": 14}
    plain = transformers.Dinov2Config(**narrow)
    model = transformers.Dinov2Model(plain)
    transformers_case("dinov2", "own_size", model, pooled, (56, 56))
    transformers_case("dinov2", "smaller", model, pooled, (28, 42))
    transformers_case("dinov2", "larger", transformers.Dinov2ForImageClassification(plain), pooled, (70, 84))
    flipped = transformers.Dinov2Config(
        **narrow, use_swiglu_ffn=True, qkv_bias=False, layer_norm_eps=1e-2, use_mask_token=False, mlp_ratio=3, num_labels=5
    )
    model = transformers.Dinov2ForImageClassification(flipped)
    transformers_case("dinov2", "flipped", model, pooled, (42, 28))
    config = transformers.Dinov2WithRegistersConfig(**narrow, num_register_tokens=3)
    model = transformers.Dinov2WithRegistersForImageClassification(config)
    transformers_case("dinov2", "registers", model, pooled, (28, 42))
    config = transformers.Dinov2WithRegistersConfig(**narrow, use_swiglu_ffn=True, hidden_act="relu")
    model = transformers.Dinov2WithRegistersModel(config)
    transformers_case("dinov2", "registers_gated", model, pooled, (56, 56))
    config = transformers.Dinov2WithRegistersConfig(**narrow, hidden_act="relu", qkv_bias=False)
    model = transformers.Dinov2WithRegistersModel(config)
    transformers_case("dinov2", "registers_larger", model, pooled, (70, 84))


def swin():
    narrow = {"embed_dim": 8, "depths": (2, 2), "num_heads": (2, 4), "window_size": 4, "img_size": 32, "num_classes": 5}

    def case(name, architecture, size=(32, 32), **arguments):
        timm_case("swin", name, architecture, size, **{**narrow, "img_size": size, **arguments})

    case("plain", "swin_tiny_patch4_window7_224")
    case("no_head", "swin_base_patch4_window12_384", num_classes=0, qkv_bias=False)
    case("padded", "swin_large_patch4_window7_224", (44, 36), window_size=3, mlp_ratio=2.5)
    case("wide_picture", "swin_small_patch4_window7_224", (16, 48), num_classes=0)
    case("third", "swin_s3_tiny_224", (40, 40), window_size=(3, 2, 2), depths=(2, 3, 1), num_heads=(1, 2, 4))

    narrow = {"embed_dim": 8, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4, "image_size": 32}
    config = transformers.SwinConfig(**narrow)
    transformers_case("swin", "plain", transformers.SwinModel(config), pooled, (32, 32))
    transformers_case("swin", "masked", transformers.SwinForMaskedImageModeling(config), averaged, (32, 32))
    transformers_case("swin", "larger", transformers.SwinForImageClassification(config), pooled, (44, 60))
    transformers_case("swin", "smallest", transformers.SwinModel(config), pooled, (28, 28))
    transformers_case("swin", "wide_picture", transformers.SwinModel(config), pooled, (32, 64))
    config = transformers.SwinConfig(
        **{**narrow, "window_size": 3, "image_size": [36, 60]},
        use_absolute_embeddings=True,
        hidden_act="relu",
        layer_norm_eps=1e-2,
        qkv_bias=False,
        mlp_ratio=2.5,
        num_labels=5,
    )
    model = transformers.SwinForImageClassification(config)
    transformers_case("swin", "flipped", model, pooled, (36, 60))


def refusals():
    """Fields that change the arithmetic, each made into something that is not implemented; the message has to name it."""
    cases = {
        "vit": [
            ("timm_plain", {"model_args.qk_norm": True}, "model_args.qk_norm"),
            ("timm_plain", {"model_args.act_layer": "relu"}, "model_args.act_layer"),
            ("timm_plain", {"model_args.norm_layer": "rmsnorm"}, "model_args.norm_layer"),
            ("timm_plain", {"model_args.dynamic_img_pad": True}, "model_args.dynamic_img_pad"),
            ("timm_plain", {"model_args.in_chans": 1}, "in_chans"),
            ("timm_plain", {"model_args.global_pool": "prr", "global_pool": "prr"}, "global_pool"),
            ("timm_plain", {"model_args.class_token": False}, "global_pool"),
            ("timm_plain", {"model_args.img_size": 4}, "smaller than a patch"),
            ("timm_plain", {"model_args.img_size": 640}, "do not fit"),
            ("timm_plain", {"model_args.num_heads": 5}, "attention heads"),
            ("timm_plain", {"architecture": "vit_base_patch16_xp_224"}, "vit_base_patch16_224"),
            ("transformers_plain", {"num_channels": 1}, "num_channels"),
            ("transformers_plain", {"head_dim": 4}, "head_dim"),
            ("transformers_plain", {"hidden_act": "xielu"}, "xielu"),
            ("transformers_plain", {"patch_size": [8, 4]}, "patch_size"),
            ("transformers_plain", {"image_size": [32, 32, 32]}, "image_size"),
            ("transformers_plain", {"layer_norm_eps": 0}, "layer_norm_eps"),
        ],
        "deit": [
            ("timm_distilled", {"model_args.global_pool": "avg", "global_pool": "avg"}, "global_pool"),
            ("timm_distilled", {"model_args.reg_tokens": 2}, "reg_tokens"),
            ("transformers_plain", {"num_channels": 4}, "num_channels"),
        ],
        "dinov2": [
            ("timm_own_size", {"model_args.pool_include_prefix": True}, "model_args.pool_include_prefix"),
            ("transformers_own_size", {"hidden_act": "prelu"}, "prelu"),
            ("transformers_own_size", {"mlp_ratio": 1e300}, "do not fit"),
            ("transformers_registers", {"num_register_tokens": -1}, "num_register_tokens"),
        ],
        "swin": [
            ("timm_plain", {"model_args.always_partition": True}, "model_args.always_partition"),
            ("timm_plain", {"model_args.head_dim": 2}, "model_args.head_dim"),
            ("timm_plain", {"model_args.global_pool": "max", "global_pool": "max"}, "global_pool"),
            ("timm_plain", {"model_args.window_size": [4, 4, 4]}, "windows"),
            ("transformers_plain", {"depths": [2, 2, 2]}, "depths"),
            ("transformers_plain", {"depths": 2}, "depths"),
            ("transformers_plain", {"num_channels": 1}, "num_channels"),
            ("transformers_plain", {"window_size": 4096}, "do not fit"),
        ],
    }
    for family, flips in cases.items():
        for i, (base, fields, word) in enumerate(flips):
            case = json.loads((filled.VISION / family / f"{base}.json").read_text())
            for field, value in fields.items():
                *parts, name = field.split(".")
                place = case["config"]
                for part in parts:
                    place = place[part]
                place[name] = value
            filled.write_refusal(family, f"refused_{i}_{list(fields)[0].split('.')[-1]}", case["config"], case["weights"], word)


if __name__ == "__main__":
    vit()
    deit()
    dinov2()
    swin()
    refusals()
