"""The cases of tests/fixtures/vision/{efficientnet,mobilenet_v2,mobilenet_v3}: small pictures through timm's and transformers'
models with the weights of filled.py.

    python tests/python/vision_mobile.py
"""

import json
import tempfile
from pathlib import Path

import timm
import torch
from filled import fill, pixels, write_case, write_refusal
from timm.models._hub import save_config_for_hf
from transformers import (
    EfficientNetConfig,
    EfficientNetForImageClassification,
    EfficientNetModel,
    MobileNetV2Config,
    MobileNetV2ForImageClassification,
    MobileNetV2Model,
)

torch.set_num_threads(1)


def shapes(model):
    return [[name, list(tensor.shape)] for name, tensor in model.state_dict().items()]


# ---- timm ------------------------------------------------------------------------------------------------------------


def timm_config(model, **arguments):
    """The config.json that timm writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        save_config_for_hf(model, str(path), model_args=arguments)
        return json.loads(path.read_text(encoding="utf-8"))


def timm_case(family, architecture, height, width, name=None, change=lambda config: config, **arguments):
    """`arguments`: of create_model."""
    model = timm.create_model(architecture, **arguments)
    weights = fill(model)
    size = (2, height, width)
    with torch.no_grad():
        features = model.forward_features(pixels(*size))
        tensors = {"embedding": model.forward_head(features, pre_logits=True)}
        if model.num_classes:
            tensors["logits"] = model(pixels(*size))
    config = change(timm_config(model))
    write_case(family, name or architecture, config, weights, size, tensors)


def timm_refused(family, model_of, name, word, **changes):
    """A change of the top level, or of `model_args`."""
    model = timm.create_model(model_of, num_classes=3)
    config = timm_config(model)
    for key, value in changes.items():
        (config if key == "architecture" else config["model_args"])[key] = value
    write_refusal(family, name, config, shapes(model), word)


def old_layout(config):
    """The weights' facts at the top level, and no arguments, as repositories have it that timm wrote before 0.8."""
    return {"architecture": config["architecture"], "num_features": config["num_features"], **config["pretrained_cfg"]}


def tagged(config):
    return {**config, "architecture": config["architecture"] + ".in1k"}


def with_drop_rates(config):
    """Which change nothing but training."""
    return {**config, "model_args": {**config["model_args"], "drop_rate": 0.3, "drop_path_rate": 0.2}}


def efficientnet_of_timm():
    case = lambda *a, **k: timm_case("efficientnet", *a, **k)
    case("tf_efficientnet_lite0", 64, 64, num_classes=5)
    case("tf_efficientnet_lite0", 75, 61, name="tf_efficientnet_lite0_odd", num_classes=0)
    case("efficientnet_lite1", 64, 80, num_classes=3)
    case("efficientnet_b0", 64, 64, num_classes=5, change=with_drop_rates)
    case("tf_efficientnet_b1", 65, 98, num_classes=3, change=old_layout)
    case("efficientnet_lite0", 50, 67, name="efficientnet_lite0_arguments", num_classes=3, bn_eps=0.02, pad_type="same")
    case("tf_efficientnet_lite0", 50, 67, name="tf_efficientnet_lite0_arguments", change=tagged, num_classes=3,
         bn_eps=1e-5, pad_type="")

    refused = lambda *a, **k: timm_refused("efficientnet", *a, **k)
    refused("efficientnet_lite0", "refused_activation", "act_layer", act_layer="relu")
    refused("efficientnet_lite0", "refused_pool", "global_pool", global_pool="catavgmax")
    refused("efficientnet_lite0", "refused_channels", "in_chans", in_chans=1)
    refused("efficientnet_lite0", "refused_classes", "num_classes", num_classes=-1)
    refused("efficientnet_lite0", "refused_padding", "pad_type", pad_type="valid")
    refused("efficientnet_lite0", "refused_anti_aliasing", "aa_layer", aa_layer="avg")
    refused("efficientnet_lite0", "refused_stride", "output_stride", output_stride=16)
    refused("efficientnet_lite0", "refused_variant", "tf_efficientnet_lite0", architecture="efficientnet_b9")
    refused("efficientnet_lite0", "refused_size", "do not fit config.json", architecture="efficientnet_b7")


def mobilenet_v2_of_timm():
    case = lambda *a, **k: timm_case("mobilenet_v2", *a, **k)
    case("mobilenetv2_100", 64, 64, num_classes=5)
    case("mobilenetv2_035", 65, 47, num_classes=1000)
    case("mobilenetv2_140", 64, 64, num_classes=0)
    timm_refused("mobilenet_v2", "mobilenetv2_100", "refused_activation", "act_layer", act_layer="relu")


def mobilenet_v3_of_timm():
    case = lambda *a, **k: timm_case("mobilenet_v3", *a, **k)
    case("mobilenetv3_small_100", 64, 64, num_classes=5)
    case("mobilenetv3_small_050", 65, 47, num_classes=3)
    case("mobilenetv3_large_100", 64, 64, num_classes=0)
    case("mobilenetv3_rw", 64, 50, num_classes=3)
    case("tf_mobilenetv3_small_075", 77, 64, num_classes=3)
    case("tf_mobilenetv3_small_minimal_100", 64, 64, num_classes=3)
    case("tf_mobilenetv3_large_minimal_100", 65, 64, num_classes=0)
    timm_refused("mobilenet_v3", "mobilenetv3_small_100", "refused_pool", "global_pool", global_pool="max")


# ---- transformers ----------------------------------------------------------------------------------------------------


def transformers_case(family, name, models, config, height, width, head):
    """`models`: the class without a head, and that with one."""
    model = models[head](config)
    weights = fill(model)
    size = (2, height, width)
    with torch.no_grad():
        base = model.base_model if head else model
        tensors = {"embedding": base(pixels(*size)).pooler_output}
        if head:
            tensors["logits"] = model(pixels(*size)).logits
    write_case(family, name, config.to_dict(), weights, size, tensors)


def efficientnet_of_transformers():
    # A narrow and shallow one.
    small = {"width_coefficient": 0.25, "depth_coefficient": 0.6, "hidden_dim": 320, "image_size": 64}
    short = {"in_channels": [32, 16, 24], "out_channels": [16, 24, 40], "num_block_repeats": [1, 2, 3],
             "kernel_sizes": [3, 4, 5], "strides": [1, 2, 2], "expand_ratios": [1, 3, 6]}

    def case(name, height, width, head=True, **fields):
        config = EfficientNetConfig(**{**small, **fields})
        models = (EfficientNetModel, EfficientNetForImageClassification)
        transformers_case("efficientnet", name, models, config, height, width, head)

    case("transformers", 64, 64, num_labels=5)
    case("transformers_odd", 77, 65, head=False, depthwise_padding=[1, 3, 90])
    case("transformers_deep", 64, 64, depth_coefficient=1.4, depthwise_padding=[2, 5])
    case("transformers_stages", 48, 50, num_labels=3, **short)
    case("transformers_max", 64, 96, head=False, pooling_type="max", **short)
    case("transformers_flipped", 41, 64, num_labels=3, hidden_act="gelu", squeeze_expansion_ratio=0.1, batch_norm_eps=0.03,
         batch_norm_momentum=0.5, depth_divisor=6, hidden_dim=318, dropout_rate=0.1, drop_connect_rate=0.4,
         **{**short, "strides": [2, 1, 2], "expand_ratios": [2, 1, 4]})

    def refused(name, word, **fields):
        config = EfficientNetConfig(**small).to_dict()
        weights = shapes(EfficientNetModel(EfficientNetConfig(**small)))
        write_refusal("efficientnet", f"transformers_refused_{name}", {**config, **fields}, weights, word)

    refused("pooling", "pooling_type", pooling_type="sum")
    refused("channels", "num_channels", num_channels=1)
    refused("hidden_dim", "hidden_dim", hidden_dim=1280)
    refused("strides", "strides", strides=[1, 2, 2, 2, 1, 3, 1])
    refused("stages", "kernel_sizes", kernel_sizes=[3, 3, 5, 3, 5, 5])
    refused("inputs", "in_channels", in_channels=[32, 16, 24, 40, 80, 80, 192])
    refused("padding", "depthwise_padding", depthwise_padding=3)
    refused("activation", "activation", hidden_act="prelu")
    refused("depth", "do not fit config.json", depth_coefficient=1e12)
    refused("width", "do not fit config.json", width_coefficient=1e300)


def mobilenet_v2_of_transformers():
    def case(name, height, width, head=True, **fields):
        config = MobileNetV2Config(**fields)
        models = (MobileNetV2Model, MobileNetV2ForImageClassification)
        transformers_case("mobilenet_v2", name, models, config, height, width, head)

    case("transformers", 64, 64, depth_multiplier=0.35, num_labels=5)
    case("transformers_odd", 65, 47, head=False, depth_multiplier=0.35)
    case("transformers_coarse", 64, 64, depth_multiplier=0.35, finegrained_output=False)
    case("transformers_wide", 40, 64, head=False, depth_multiplier=1.4)
    case("transformers_pytorch_padding", 50, 65, depth_multiplier=0.35, tf_padding=False, first_layer_is_expansion=False)
    # So many channels at least that the stem gives as many as it reads.
    case("transformers_flipped", 64, 33, num_labels=3, depth_multiplier=0.5, depth_divisible_by=6, min_depth=32, expand_ratio=2.5,
         hidden_act="silu", layer_norm_eps=0.03, classifier_dropout_prob=0.1)

    def refused(name, word, **fields):
        config = MobileNetV2Config(depth_multiplier=0.35)
        weights = shapes(MobileNetV2Model(config))
        write_refusal("mobilenet_v2", f"transformers_refused_{name}", {**config.to_dict(), **fields}, weights, word)

    refused("stride", "output_stride", output_stride=16)
    refused("channels", "num_channels", num_channels=1)
    refused("multiplier", "depth_multiplier", depth_multiplier=0)
    refused("depth", "min_depth", min_depth=0)
    refused("expansion", "do not fit config.json", expand_ratio=1e12)


if __name__ == "__main__":
    efficientnet_of_timm()
    mobilenet_v2_of_timm()
    mobilenet_v3_of_timm()
    efficientnet_of_transformers()
    mobilenet_v2_of_transformers()
