"""Makes tests/fixtures/vision/timm and tests/fixtures/timm_renamed.json: what timm makes of config.json where its parts contradict
each other, or it has one of the names that timm gave up.

    python tests/python/vision_timm.py

timm/NAME.json      see filled.py; the reference is loaded from a folder, as a user would
timm_renamed.json   [old name, today's] of every model of the families here that timm has renamed, and still resolves
"""

import json
import tempfile
from pathlib import Path

import filled
import timm
import torch
from safetensors.torch import save_file
from timm.models import _registry
from timm.models._hub import save_config_for_hf

torch.set_num_threads(1)

NARROW = {"embed_dim": 24, "depth": 2, "num_heads": 3, "patch_size": 8, "img_size": 32, "num_classes": 5}
# timm's files that hold a family of ours; others stand in them, too.
FILES = ["convnext", "deit", "efficientnet", "mobilenetv3", "resnet", "swin_transformer", "vgg", "vision_transformer"]


def case(name, change, size=(32, 32), **arguments):
    """`change`: makes another config.json of the one that timm writes."""
    arguments = NARROW | arguments
    model = timm.create_model("vit_tiny_patch16_224", **arguments)
    weights = filled.fill(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        save_config_for_hf(model, path, model_args=arguments)
        config = change(json.loads(path.read_text()))
        path.write_text(json.dumps(config))
        save_file(model.state_dict(), Path(folder) / "model.safetensors")
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = filled.pixels(2, *size)
    with torch.no_grad():
        features = model.forward_features(pixels)
        tensors = {"embedding": model.forward_head(features, pre_logits=True), "logits": model.forward_head(features)}
    filled.write_case("timm", name, config, weights, (2, *size), tensors)


def with_parts(arguments=None, weights=None, drop=(), **fields):
    """Fields of each part of config.json; `drop`: arguments that are left out."""

    def change(config):
        kept = {key: value for key, value in config["model_args"].items() if key not in drop}
        parts = {"model_args": kept | (arguments or {}), "pretrained_cfg": config["pretrained_cfg"] | (weights or {})}
        return config | parts | fields

    return change


def renamed():
    files = ((old, new, _registry._model_to_module[old]) for old, new in _registry._deprecated_models.items())
    names = sorted([old, new.split(".")[0]] for old, new, file in files if file in FILES)
    path = filled.VISION.parent / "timm_renamed.json"
    path.write_text("[\n" + ",\n".join(json.dumps(pair) for pair in names) + "\n]\n", encoding="utf-8")


def main():
    # How it pools the arguments say; what the file itself says is for people.
    case("pool_of_the_arguments", with_parts(global_pool="max"), global_pool="avg")
    case("pool_of_the_variant", with_parts(drop=["global_pool"], global_pool="max"))
    # Which the weights were made for, and how many channels, the arguments know better.
    case("stale_size", with_parts(weights={"input_size": [3, 224, 224], "fixed_input_size": True}))
    case("stale_channels", with_parts({"in_chans": 3}, {"input_size": [1, 32, 32]}))
    case("stale_classes", with_parts(weights={"num_classes": 1000}, drop=["num_classes"], num_classes=5))
    case("size_of_the_weights", with_parts(weights={"input_size": [3, 24, 40], "fixed_input_size": True}, drop=["img_size"]), (24, 40), img_size=(24, 40))
    case("old_name", with_parts(architecture="vit_tiny_patch16_224_in21k"))
    renamed()


if __name__ == "__main__":
    main()
