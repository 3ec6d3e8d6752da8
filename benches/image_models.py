"""The models of images.py, each with one set of weights in every peer's form, and the photos. It needs torch, so it runs in a process
of its own:

    image_models.py models FOLDER NAME LITE0     FOLDER/NAME/{checkpoint/, module.pt, model.onnx, preprocessing.json}
    image_models.py photos FOLDER PHOTOS CATS    FOLDER/*.jpg

`checkpoint` is what this library loads; `module.pt` is timm's or transformers' own module, pickled; `preprocessing.json` is what timm's
`create_transform` takes: transformers' models have none, for the checkpoint has its processor.
"""

import json
import sys
from pathlib import Path

from image_modules import ClipVectors, TimmVectors

# name → timm's, or transformers'; Lite0 has its real weights, the others random ones: speed does not depend on them
MODELS = {
    "ResNet-50": "resnet50",
    "ViT-B-16": "vit_base_patch16_224",
    "EfficientNet-Lite0": "tf_efficientnet_lite0",
    "CLIP-ViT-B-32": "clip",
}
CLIP = {"crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True, "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224}

# Three of four as small as the web has them, one of four of 1 to 2 megapixels.
SIZES = [(500, 375), (375, 500), (640, 427), (1280, 960)] * 3 + [(500, 333), (480, 360), (333, 500), (1600, 1200)]
SOURCES = ["astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "motorcycle_right.png", "rocket.jpg", "hubble_deep_field.jpg", "retina.jpg"]
COUNT = 64


def make_model(folder, name, lite0):
    """The checkpoint; a module from pixels to vectors, and timm's preprocessing for it."""
    import torch

    torch.manual_seed(7)
    kind = MODELS[name]
    if kind == "clip":
        return make_clip(folder)
    import timm

    if kind == "tf_efficientnet_lite0":
        folder.symlink_to(Path(lite0).resolve())
        model = timm.create_model(f"local-dir:{lite0}", pretrained=True)
    else:
        model = timm.create_model(kind, pretrained=False)
        timm.models.save_for_hf(model, folder, safe_serialization=True)
    return TimmVectors(model), timm.data.resolve_model_data_config(model)


def make_clip(folder):
    import transformers

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))
    from parity_image_texts import save_clip

    model = transformers.CLIPModel(transformers.CLIPConfig())
    model.save_pretrained(folder)
    save_clip(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(CLIP), encoding="utf-8")
    return ClipVectors(model), None


def write_model(folder, name, lite0):
    import torch

    folder = Path(folder) / name
    folder.mkdir(parents=True)
    embed, preprocessing = make_model(folder / "checkpoint", name, lite0)
    embed.eval()
    if preprocessing:
        (folder / "preprocessing.json").write_text(json.dumps(preprocessing), encoding="utf-8")
    pixels = torch.randn(2, 3, 224, 224)
    with torch.inference_mode():
        torch.save(embed, folder / "module.pt")
        torch.onnx.export(embed, (pixels,), str(folder / "model.onnx"), input_names=["pixels"], output_names=["vectors"], dynamo=False,
                          dynamic_axes={"pixels": {0: "batch"}, "vectors": {0: "batch"}}, opset_version=17)


def write_photos(folder, photos, cats):
    from PIL import Image

    folder = Path(folder)
    folder.mkdir(parents=True)
    sources = [Path(photos) / name for name in SOURCES] + sorted(Path(cats).glob("*.jpg"))
    for i in range(COUNT):
        picture = Image.open(sources[i % len(sources)]).convert("RGB")
        picture.resize(SIZES[i % len(SIZES)], Image.Resampling.LANCZOS).save(folder / f"{i:02}.jpg", quality=88)


if __name__ == "__main__":
    {"models": write_model, "photos": write_photos}[sys.argv[1]](*sys.argv[2:])
