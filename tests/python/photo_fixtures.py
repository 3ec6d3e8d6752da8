"""What Python makes of real photos (scikit-image's, which `scripts/fetch photos` puts into target/data/photos), for
tests/preprocessing/photos.rs. Writes tests/fixtures/preprocessing/:

photos.json            a configuration a line. config, files: the checkpoint's config.json and other files; black, white: what 0
                       and 255 become, of R, G and B; photos: [name, the CRC-32 of its decoded RGB, expected height, width, the
                       CRC-32 of the expected values before normalising], by timm and by transformers' processors on Pillow
photos.safetensors     for the lines whose "torchvision" is a name, name/photo: values at the places i · STEP mod all, by
                       transformers' processors on torchvision, which resizes in another way

    python tests/python/photo_fixtures.py
"""

import json
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from preprocessing_fixtures import FIXTURES, IMAGENET, processor, values
from safetensors.numpy import save_file
from timm.data import create_transform, resolve_data_config
from transformers import AutoImageProcessor

PHOTOS = FIXTURES.parent.parent.parent / "target" / "data" / "photos"

# A prime, so that the places lie all over, and how many there are.
STEP, PLACES = 7919, 2000


def photos():
    for path in sorted(PHOTOS.glob("*.png")):
        yield path.stem, Image.open(path).convert("RGB")


def black_and_white(reference):
    """What 0 and 255 become, in the middle: an edge may be padding."""
    results = [reference(Image.new("RGB", (500, 500), (value,) * 3)) for value in (0, 255)]
    return [result[:, result.shape[1] // 2, result.shape[2] // 2] for result in results]


def on_torchvision(fields, model_type):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"config.json": {"model_type": model_type}, "preprocessor_config.json": fields}.items():
            (Path(folder) / name).write_text(json.dumps(content), encoding="utf-8")
        made = AutoImageProcessor.from_pretrained(folder, backend="torchvision")
    return lambda photo: made(photo, return_tensors="pt")["pixel_values"][0].numpy()


def line(reference, config, files, torchvision=""):
    black, white = black_and_white(reference)
    facts = []
    for name, photo in photos():
        got = values(reference(photo), black, white)
        facts.append([name, zlib.crc32(photo.tobytes()), *got.shape[:2], zlib.crc32(got.tobytes())])
    case = {"config": config, "files": files, "torchvision": torchvision}
    case |= {"black": black.tolist(), "white": white.tolist(), "photos": facts}
    return json.dumps(case, separators=(",", ":"))


def sampled(reference, name):
    black, white = black_and_white(reference)
    for photo_name, photo in photos():
        got = values(reference(photo), black, white).ravel()
        yield f"{name}/{photo_name}", got[np.arange(PLACES) * STEP % len(got)]


def main():
    torch.set_num_threads(1)
    lines, samples = [], {}
    # As published. With nearest, torchvision takes other pixels than Pillow does.
    efficientnet = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.47853944, 0.4732864, 0.47434163], "resample": 0}
    efficientnet |= {"size": {"height": 224, "width": 224}, "include_top": True, "rescale_offset": False}
    for model_type, fields, torchvision in [
        ("vit", {}, "vit"),
        ("deit", IMAGENET | {"size": 256, "crop_size": 224, "resample": 3}, ""),
        ("dinov2", IMAGENET | {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}, "dinov2"),
        ("clip", {}, "clip"),
        ("siglip", {}, ""),
        ("convnext", IMAGENET | {"crop_pct": 0.875, "size": {"shortest_edge": 224}, "resample": 3}, ""),
        ("efficientnet", efficientnet, ""),
        ("mobilenet_v2", {}, ""),
    ]:
        files = {"preprocessor_config.json": fields}
        lines.append(line(processor(files, {"model_type": model_type}), {"model_type": model_type}, files, torchvision))
        if torchvision:
            samples |= sampled(on_torchvision(fields, model_type), torchvision)
    half = {"mean": [0.5] * 3, "std": [0.5] * 3}
    imagenet = {"mean": IMAGENET["image_mean"], "std": IMAGENET["image_std"]}
    for architecture, cfg in [
        ("tf_efficientnet_lite0", half | {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.875}),
        ("resnet50", imagenet | {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95}),
        ("convnext_tiny", imagenet | {"input_size": [3, 288, 288], "interpolation": "bicubic", "crop_pct": 1.0}),
        ("resnet18", imagenet | {"input_size": [3, 224, 224], "interpolation": "bilinear", "crop_pct": 0.9, "crop_mode": "border"}),
        ("vit_base_patch16_224", half | {"input_size": [3, 224, 224], "interpolation": "lanczos", "crop_pct": 0.9, "crop_mode": "squash"}),
    ]:
        transform = create_transform(**resolve_data_config({}, pretrained_cfg=cfg), is_training=False)
        config = {"architecture": architecture, "pretrained_cfg": cfg}
        lines.append(line(lambda photo, made=transform: made(photo).numpy(), config, {}))
    (FIXTURES / "photos.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    save_file(samples, FIXTURES / "photos.safetensors")


if __name__ == "__main__":
    main()
