"""Writes tests/fixtures/vision/resnet, vgg and convnext: small models in both namings, and what timm 1.0 and transformers 5.17 make of
them. See filled.py.

    python tests/python/vision_conv.py
"""

import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import timm
import torch
import transformers
from filled import fill, pixels, value, write_case, write_refusal
from timm.models._hub import save_config_for_hf
from transformers import AutoConfig, AutoModel, AutoModelForImageClassification

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)

# Weights of the head have the task model's names, the encoder's begin with the base model's prefix.
RESNET = {"model_type": "resnet", "embedding_size": 6, "hidden_sizes": [8, 12, 16], "depths": [1, 2, 1], "id2label": {"0": "A", "1": "B", "2": "C"}}
CONVNEXT = {"model_type": "convnext", "hidden_sizes": [6, 8, 12], "depths": [1, 2, 1], "num_stages": 3, "num_labels": 3, "layer_scale_init_value": 0.1}
CONVNEXT_V2 = {k: v for k, v in CONVNEXT.items() if k != "layer_scale_init_value"} | {"model_type": "convnextv2"}

# Name → config, size, whether there is a head.
TRANSFORMERS = {
    "resnet": {
        "bottleneck": (RESNET, (2, 40, 40), True),
        "basic": (RESNET | {"layer_type": "basic", "hidden_act": "gelu"}, (2, 33, 47), True),
        "first_stage": (RESNET | {"downsample_in_first_stage": True, "hidden_sizes": [8, 8, 8]}, (1, 64, 64), False),
        "early_stride": (RESNET | {"downsample_in_bottleneck": True, "hidden_act": "silu"}, (1, 37, 64), False),
        "early_stride_basic": (RESNET | {"downsample_in_bottleneck": True, "layer_type": "basic"}, (1, 1, 2), True),
    },
    "convnext": {
        "v1": (CONVNEXT, (2, 40, 40), True),
        "v1_options": (CONVNEXT | {"hidden_act": "relu", "layer_norm_eps": 0.1, "patch_size": 3, "drop_path_rate": 0.3}, (2, 25, 31), False),
        "v1_unscaled": (CONVNEXT | {"layer_scale_init_value": 0.0, "hidden_sizes": [6, 6, 12]}, (1, 16, 17), True),
        "v2": (CONVNEXT_V2, (2, 40, 33), True),
        "v2_options": (CONVNEXT_V2 | {"hidden_act": "silu", "layer_norm_eps": 0.1, "patch_size": [2, 2], "hidden_sizes": [6, 12], "depths": [2, 1], "num_stages": 2}, (1, 20, 20), False),
    },
}

# Name → architecture, its arguments, size.
TIMM = {
    "resnet": {
        "timm_basic": ("resnet18", {"num_classes": 5}, (2, 33, 47)),
        "timm_bottleneck": ("resnet26", {"num_classes": 0}, (1, 64, 64)),
        "timm_averaged": ("resnet14t", {"num_classes": 5, "drop_rate": 0.5}, (2, 75, 50)),
        "timm_deep": ("resnet18d", {"num_classes": 0}, (1, 1, 1)),
        "timm_deep_wide": ("resnet50s", {"num_classes": 2}, (1, 32, 32)),
        "timm_grouped": ("resnext50_32x4d", {"num_classes": 5}, (1, 40, 40)),
    },
    "convnext": {
        "timm_v1": ("test_convnext", {"num_classes": 5, "drop_rate": 0.5}, (2, 40, 33)),
        "timm_v1_kernels": ("test_convnext3", {"num_classes": 0}, (1, 32, 32)),
        "timm_convolutions": ("convnext_atto", {"num_classes": 5, "norm_eps": 0.1}, (1, 64, 64)),
        "timm_overlapping": ("convnext_atto_ols", {"num_classes": 5}, (1, 29, 30)),
        "timm_norm_first": ("convnext_tiny_hnf", {"num_classes": 2}, (1, 64, 64)),
        "timm_product": ("test_convnext2", {"num_classes": 2, "head_hidden_size": 24}, (1, 32, 32)),
        "timm_v2": ("convnextv2_atto", {"num_classes": 5}, (1, 64, 64)),
        "timm_v2_products": ("convnextv2_tiny", {"num_classes": 0}, (1, 40, 40)),
    },
    "vgg": {
        "timm_plain": ("vgg11", {"num_classes": 5, "drop_rate": 0.5}, (1, 32, 45)),
        "timm_normed": ("vgg13_bn", {"num_classes": 0}, (1, 260, 32)),
    },
}
# A word of the message → what the config says instead.
REFUSED = {
    "resnet": (RESNET, {
        "num_channels": {"num_channels": 1},
        "layer_type": {"layer_type": "wide"},
        "hidden_sizes": {"hidden_sizes": [3, 12, 16]},
        "hidden_sizes should be a list": {"hidden_sizes": [8, 0, 16]},
        "depths": {"depths": [1, 2]},
        "depths should be a list": {"depths": 3},
        "no_such": {"hidden_act": "no_such"},
        "do not fit": {"depths": [1, 2, 1000000]},
        "downsample_in_bottleneck": {"downsample_in_bottleneck": 1},
    }),
    "convnext": (CONVNEXT, {
        "num_channels": {"num_channels": 1},
        "num_stages": {"num_stages": 2},
        "depths": {"depths": [1, 2]},
        "patch_size that is not square": {"patch_size": [4, 2]},
        "patch_size should be": {"patch_size": 0},
        "no_such": {"hidden_act": "no_such"},
        "layer_norm_eps": {"layer_norm_eps": 0},
        "drop_path_rate": {"drop_path_rate": 1.0},
        "do not fit": {"hidden_sizes": [6, 8, 1000000]},
    }),
}
TIMM_REFUSED = {
    "resnet": ("resnet18", {
        "output_stride": {"output_stride": 8},
        "global_pool": {"global_pool": "max"},
        "in_chans": {"in_chans": 1},
    }),
    "convnext": ("test_convnext2", {
        "conv_bias": {"conv_bias": False},
        "use_grn": {"use_grn": True},
        "global_pool": {"global_pool": "avgmax"},
    }),
    "vgg": ("vgg11", {
        "mlp_ratio": {"mlp_ratio": 0.5},
        "global_pool": {"global_pool": "max"},
    }),
}


def write(family, name, config, model, size, features, logits):
    weights = fill(model)
    with torch.inference_mode():
        tensors = {"embedding": features(pixels(*size)).flatten(1)}
        if logits:
            tensors["logits"] = logits(pixels(*size))
    write_case(family, name, config, weights, size, tensors)


def load(config, auto):
    """The model that transformers makes of a checkpoint's config."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        return auto.from_config(AutoConfig.from_pretrained(folder))


def of_transformers(family, name, config, size, head):
    model = load(config, AutoModelForImageClassification if head else AutoModel)
    base = model.base_model if head else model
    write(family, name, config, model, size, lambda x: base(x).pooler_output, (lambda x: model(x).logits) if head else None)


def timm_config(model):
    """The config.json that timm writes, without what it tells of pictures."""
    with tempfile.TemporaryDirectory() as folder:
        save_config_for_hf(model, f"{folder}/config.json")
        config = json.loads(Path(folder, "config.json").read_text())
    told = config["pretrained_cfg"]
    config["pretrained_cfg"] = {key: told[key] for key in ("input_size", "fixed_input_size", "num_classes")}
    return config


def of_timm(family, name, architecture, arguments, size):
    model = timm.create_model(architecture, **arguments)
    head = (lambda x: model(x)) if model.num_classes else None
    write(family, name, timm_config(model), model, size, lambda x: model.forward_head(model.forward_features(x), pre_logits=True), head)


def of_torchvision():
    """Weights as torchvision stores them, made into timm's by timm's own filter."""
    model = timm.create_model("vgg11_bn", num_classes=5)
    products = {"pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.3", "head.fc": "classifier.6"}
    theirs = {}
    for name, tensor in model.state_dict().items():
        module, _, kind = name.rpartition(".")
        theirs[f"{products.get(module, module)}.{kind}"] = tensor.flatten(1) if module in products and kind == "weight" else tensor
    weights = [[name, list(tensor.shape)] for name, tensor in theirs.items()]
    filled = {name: value(name, shape) if theirs[name].is_floating_point() else theirs[name] for name, shape in weights}
    model.load_state_dict(timm.models.vgg._filter_fn(filled))
    model.eval()
    size = (1, 32, 32)
    with torch.inference_mode():
        features = model.forward_head(model.forward_features(pixels(*size)), pre_logits=True)
        write_case("vgg", "torchvision", timm_config(model), weights, size, {"embedding": features, "logits": model(pixels(*size))})


def main():
    of_torchvision()
    for family, cases in TRANSFORMERS.items():
        for name, case in cases.items():
            of_transformers(family, name, *case)
    for family, cases in TIMM.items():
        for name, case in cases.items():
            of_timm(family, name, *case)
    for family, (config, refused) in REFUSED.items():
        weights = fill(load(config, AutoModelForImageClassification))
        for i, (word, fields) in enumerate(refused.items()):
            write_refusal(family, f"refused_{i}", config | fields, weights, word)
    for family, (architecture, refused) in TIMM_REFUSED.items():
        model = timm.create_model(architecture, num_classes=2)
        weights, config = fill(model), timm_config(model)
        for i, (word, arguments) in enumerate(refused.items()):
            config_of = config | {"model_args": config["model_args"] | arguments}
            write_refusal(family, f"timm_refused_{i}", config_of, weights, word)


if __name__ == "__main__":
    main()
