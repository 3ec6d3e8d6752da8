"""What Python makes of pictures, for tests/preprocessing: timm's transforms and the image processors of transformers that run
on Pillow, each with configurations that together set every field. Writes tests/fixtures/preprocessing/:

transformers.json, timm.json
                a configuration a line. config, files: the checkpoint's config.json and other files; image_size: [height, width],
                where pictures of another size were asked for; black, white: what 0 and 255 become, of R, G and B; pictures:
                [name, height, width, expected height, width, the CRC-32 of the expected values before normalising, every 997th],
                or a height of 0, where Python has an error
refused.json    config, files, and a word that the error holds

    python tests/python/preprocessing_fixtures.py
"""

import copy
import json
import tempfile
import zlib
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_data_config
from timm.models._hub import _parse_model_cfg
from transformers import AutoImageProcessor

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "preprocessing"

# Height and width: smaller and larger than every target, odd, square, of the very size, and as unequal as can be.
SIZES = [(1, 1), (53, 37), (224, 224), (256, 256), (255, 384), (481, 640), (4000, 3), (3, 4000)]


def noise(height, width):
    """Each byte a hash of its index."""
    x = np.arange(height * width * 3, dtype=np.uint32)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return ((x ^ (x >> 16)) >> 24).astype(np.uint8).reshape(height, width, 3)


def gradient(height, width):
    """Slopes, a sharp edge and flat parts: many sums lie halfway between two values."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x, x + y, np.where(x > y, 255, y // 3)], -1).astype(np.uint8)


PICTURES = {"noise": noise, "gradient": gradient}


def values(array, black, white):
    """What a result (3, height, width) was before it was normalised, as bytes (height, width, 3)."""
    before = (array.transpose(1, 2, 0).astype(np.float64) - black) / (np.float64(white) - black) * 255
    assert np.abs(before - before.round()).max() < 0.01
    return before.round().astype(np.uint8)


def line(reference, config, files=None, image_size=None, unequal=False):
    """`reference`: a picture of Pillow's → (3, height, width). `unequal`: pictures whose sides are, too: they take long."""
    flat = lambda value: reference(Image.new("RGB", (500, 500), (value,) * 3))  # noqa: E731
    # The middle: an edge may be padding.
    middle = lambda array: array[:, array.shape[1] // 2, array.shape[2] // 2]  # noqa: E731
    black, white = middle(flat(0)), middle(flat(255))
    pictures = []
    for name, make in PICTURES.items():
        for height, width in SIZES:
            if max(height, width) == 4000 and not (unequal and name == "noise"):
                continue
            try:
                got = values(reference(Image.fromarray(make(height, width))), black, white)
            except ValueError as error:  # Of a side nothing is left.
                assert "must be > 0" in str(error)
                pictures.append([name, height, width, 0, 0, 0, []])
                continue
            crc, some = zlib.crc32(got.tobytes()), got.ravel()[::997].tolist()
            pictures.append([name, height, width, got.shape[0], got.shape[1], crc, some])
    case = {"config": config, "files": files or {}, "image_size": image_size}
    case |= {"black": black.tolist(), "white": white.tolist(), "pictures": pictures}
    return json.dumps(case, separators=(",", ":"))


def processor(files, config):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (files | {"config.json": config}).items():
            (Path(folder) / name).write_text(json.dumps(content), encoding="utf-8")
        made = AutoImageProcessor.from_pretrained(folder, backend="pil")
    return lambda picture: made(picture, return_tensors="np")["pixel_values"][0]


def with_processor(model_type, fields, image_size=None, resized=None, unequal=False):
    """`resized`: the fields whose processor makes pictures of `image_size`."""
    config = {"model_type": model_type}
    files = {"preprocessor_config.json": fields}
    reference = processor({"preprocessor_config.json": fields | (resized or {})}, config)
    return line(reference, config, files, image_size, unequal)


def with_timm(config, image_size=None, unequal=False):
    cfg, _, _ = _parse_model_cfg(copy.deepcopy(config), {})
    args = {"input_size": [3, *image_size]} if image_size else {}
    transform = create_transform(**resolve_data_config(args, pretrained_cfg=cfg), is_training=False)
    return line(lambda picture: transform(picture).numpy(), config, None, image_size, unequal)


IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def transformers_lines():
    # Every class as it is when the file says nothing, under all the names that it has had.
    for model_type, name in [
        ("vit", "ViTFeatureExtractor"),
        ("swin", "ViTImageProcessorFast"),
        ("deit", "DeiTImageProcessorPil"),
        ("dinov2", "BitImageProcessor"),
        ("clip", "CLIPFeatureExtractor"),
        ("siglip", "SiglipImageProcessor"),
        ("resnet", "ConvNextFeatureExtractor"),
        ("efficientnet", "EfficientNetImageProcessor"),
        ("mobilenet_v2", "MobileNetV2ImageProcessor"),
    ]:
        kind = "feature_extractor_type" if "Extractor" in name else "image_processor_type"
        yield with_processor(model_type, {kind: name}, unequal=True)
    # The class by model_type.
    for model_type in ["vit", "swin", "deit", "dinov2", "clip", "siglip", "resnet", "convnext", "efficientnet", "mobilenet_v2"]:
        yield with_processor(model_type, IMAGENET | {"size": 96, "crop_size": 80, "resample": 2})
    # As published: Facebook's DeiT and DINOv2, Microsoft's ResNet, Google's EfficientNet, OpenAI's CLIP.
    yield with_processor("deit", IMAGENET | {"size": 256, "crop_size": 224, "resample": 3, "feature_extractor_type": "DeiTFeatureExtractor"})
    yield with_processor("dinov2", IMAGENET | {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True})
    yield with_processor("resnet", IMAGENET | {"crop_pct": 0.875, "size": 224, "resample": 3})
    efficientnet = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.47853944, 0.4732864, 0.47434163], "resample": 0}
    efficientnet |= {"size": {"height": 224, "width": 224}, "do_center_crop": False, "include_top": True, "rescale_offset": False}
    yield with_processor("efficientnet", efficientnet)
    # Every field away from its default.
    yield with_processor("efficientnet", efficientnet | {"rescale_factor": 1 / 127.5, "rescale_offset": True, "include_top": False})
    yield with_processor("efficientnet", {"do_normalize": False, "resample": 5, "do_center_crop": True})
    yield with_processor("efficientnet", {"do_rescale": False, "rescale_offset": True, "size": [100, 120]})
    yield with_processor("vit", {"do_rescale": False, "resample": 1})
    yield with_processor("vit", {"do_normalize": False, "resample": 4, "rescale_factor": 0.25})
    yield with_processor("vit", {"size": {"height": 96, "width": 161}, "image_mean": 0.3, "image_std": 0.7})
    yield with_processor("vit", {"size": {"height": 60, "width": 75}, "do_center_crop": True, "crop_size": [80, 81]})
    yield with_processor("vit", {"do_resize": False, "do_center_crop": True, "crop_size": 97})
    yield with_processor("vit", {"size": {"max_height": 90, "max_width": 120}, "do_center_crop": True, "crop_size": {"height": 101, "width": 100}})
    yield with_processor("clip", {"size": 37, "crop_size": 64, "do_convert_rgb": False})
    yield with_processor("clip", {"size": {"shortest_edge": 64, "longest_edge": 100}, "crop_size": 96})
    yield with_processor("clip", {"default_to_square": True, "size": 90, "do_center_crop": None, "do_normalize": None, "crop_size": None})
    yield with_processor("convnext", {"size": 160, "crop_pct": 0.9})
    yield with_processor("convnext", {"size": {"shortest_edge": 384}, "resample": 2})
    yield with_processor("mobilenet_v2", {"do_center_crop": False, "size": {"height": 96, "width": 96}, "do_reduce_labels": True})
    # The file of a processor of texts and pictures goes before the other.
    config = {"model_type": "clip"}
    files = {"processor_config.json": {"image_processor": {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 50}}}}
    files["preprocessor_config.json"] = {"size": 60}
    yield line(processor(files, config), config, files)
    files = {"processor_config.json": {"processor_class": "CLIPProcessor"}, "preprocessor_config.json": {"size": 60}}
    yield line(processor(files, config), config, files)
    # Other sizes: the same share is cut off.
    deit = {"size": 256, "crop_size": 224}
    yield with_processor("deit", deit, [224, 224], {})
    yield with_processor("deit", deit, [98, 168], {"size": {"height": 112, "width": 192}, "crop_size": [98, 168]})
    yield with_processor("vit", {}, [96, 80], {"size": [96, 80]})
    yield with_processor("dinov2", {"size": {"shortest_edge": 256}, "crop_size": 224}, [112, 112], {"size": {"shortest_edge": 128}, "crop_size": 112})
    yield with_processor("resnet", {"size": 224}, [100, 100], {"size": 100})


def timm_lines():
    for model in ["resnet50", "vit_base_patch16_224", "tf_efficientnet_lite0", "mobilenetv2_100", "convnext_tiny", "vgg11", "swin_tiny_patch4_window7_224"]:
        cfg = timm.get_pretrained_cfg(model).to_dict()
        keep = ["input_size", "test_input_size", "test_crop_pct", "interpolation", "crop_pct", "crop_mode", "mean", "std", "fixed_input_size"]
        yield with_timm({"architecture": model, "pretrained_cfg": {name: cfg[name] for name in keep if cfg.get(name) is not None}}, unequal=True)
    cfg = {"input_size": [3, 96, 96], "crop_pct": 0.9, "mean": [0.4, 0.45, 0.5], "std": [0.2, 0.25, 0.3]}
    yield with_timm({"architecture": "resnet18", "pretrained_cfg": {"crop_pct": None}})
    yield with_timm({"architecture": "resnet18.old", **cfg, "interpolation": "bilinear"})
    for interpolation in ["nearest", "box", "hamming", "lanczos"]:
        yield with_timm({"architecture": "resnet18", "pretrained_cfg": cfg | {"interpolation": interpolation}})
    for mode in ["center", "squash", "border"]:
        for share in [1.0, 0.9, 1.2]:
            for size in [[3, 97, 97], [3, 80, 121]]:
                yield with_timm({"architecture": "resnet18", "pretrained_cfg": cfg | {"input_size": size, "crop_pct": share, "crop_mode": mode}})
        yield with_timm({"architecture": "resnet18", "pretrained_cfg": cfg | {"crop_mode": mode}}, [128, 128])
        yield with_timm({"architecture": "resnet18", "pretrained_cfg": cfg | {"crop_mode": mode}}, [64, 111])
    # The size that the model is made for may be another than that of its weights.
    for arguments in [{"img_size": 112}, {"img_size": [80, 112]}, {"img_size": None}, {"img_size": 112, "dynamic_img_size": True}]:
        for fixed in [True, False]:
            yield with_timm({"architecture": "vit_tiny_patch16_224", "model_args": arguments, "pretrained_cfg": cfg | {"fixed_input_size": fixed}})


def refused():
    def processor(word, model_type="vit", **fields):
        return {"config": {"model_type": model_type}, "files": {"preprocessor_config.json": fields}, "word": word}

    def timm(word, **cfg):
        return {"config": {"architecture": "resnet18", "pretrained_cfg": cfg}, "files": {}, "word": word}

    yield {"config": {"model_type": "vit"}, "files": {}, "word": "save_pretrained"}
    yield processor("NaFlex", image_processor_type="Siglip2ImageProcessor")
    yield processor("LlavaNextImageProcessor", image_processor_type="LlavaNextImageProcessor")
    yield processor("bert", "bert")
    yield processor("do_pad", do_pad=True, pad_size=300)
    yield processor("do_flip_channel_order", do_flip_channel_order=True)
    yield processor("use_square_size", "clip", use_square_size=True)
    yield processor("do_center_crop", "convnext", size=224, do_center_crop=True, crop_size=100)
    yield processor("shortest_edge", "convnext", size={"height": 224, "width": 224})
    yield processor("crop_size", "clip", crop_size={"shortest_edge": 224})
    yield processor("crop_size", do_center_crop=True)
    yield processor("size", size={"longest_edge": 224})
    yield processor("size", size={"min_pixels": 224, "max_pixels": 500})
    yield processor("size", size={"shortest_edge": 224, "height": 224})
    yield processor("size", size="224")
    yield processor("size", size=-3)
    yield processor("size", size=2**40)
    yield processor("side of 0", size=0)
    yield processor("side of 1000000", size=1000000)
    yield processor("side of", "convnext", size=224, crop_pct=0.001)
    yield processor("resample", resample=6)
    yield processor("resample", resample="sharp")
    yield processor("image_mean", image_mean=[0.5, 0.5])
    yield processor("deviation", image_std=[0.5, 0, 0.5])
    yield processor("do_resize", do_resize="yes")
    yield processor("rescale_factor", rescale_factor=[])
    yield processor("scale of", rescale_factor=1e300)
    yield timm("crop_mode", crop_mode="corner")
    yield timm("interpolation", interpolation="random")
    yield timm("input_size", input_size=[224, 224])
    yield timm("share", crop_pct=-1)
    yield timm("side of 0", input_size=[3, 0, 224])


def write(name, lines):
    (FIXTURES / f"{name}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main():
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write("transformers", transformers_lines())
    write("timm", timm_lines())
    write("refused", map(json.dumps, refused()))


if __name__ == "__main__":
    main()
