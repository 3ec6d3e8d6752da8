"""Builds tests/fixtures/images: small checkpoints as `save_pretrained` and `save_for_hf` write them, pictures, and what Python
makes of these with its Pillow-backed processors.

    python tests/python/image_checkpoints.py

NAME/               a checkpoint's folder
NAME/expected.safetensors   embeddings of the pictures; probabilities, where there is a head; for texts and images: text_embeddings
                    of LABELS, zero_shot, zero_shot.templates (averaged over TEMPLATES)
pictures/           the pictures, in the order of their names
"""


import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    CLIPConfig, CLIPModel, CLIPTokenizer, ConvNextConfig, ConvNextForImageClassification, ResNetConfig, ResNetModel, SiglipConfig,
    SiglipModel, SiglipTokenizer, ViTConfig, ViTForImageClassification,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
OUT = ROOT / "images"
LABELS = ["a cat", "two dogs", "the sea"]
TEMPLATE = "This is a photo of {}."
TEMPLATES = ["a blurry photo of {}.", "{}", "art of the {}, and {}!"]


def pictures():
    """A gradient, noise, and shapes: square and not, smaller and larger than what models take."""
    rng = np.random.default_rng(7)
    folder = OUT / "pictures"
    folder.mkdir(parents=True)
    for i, (height, width) in enumerate([(32, 32), (24, 40), (70, 45)]):
        y, x = np.mgrid[0:height, 0:width]
        picture = np.stack([x * 255 // width, y * 255 // height, (x + y) * 3 % 256], -1)
        picture[height // 4 : height // 2, width // 4 : width // 2] = rng.integers(0, 256, (1, 1, 3))
        noise = rng.integers(-20, 20, picture.shape)
        Image.fromarray(np.clip(picture + noise, 0, 255).astype(np.uint8)).save(folder / f"{i}.png")
    return [Image.open(path).convert("RGB") for path in sorted(folder.iterdir())]


def randomize(model):
    torch.manual_seed(3)
    for name, value in sorted(model.named_parameters()):
        if name not in ("logit_scale", "logit_bias"):
            value.data = torch.randn(value.shape) * (0.3 if value.dim() > 1 else 0.1) + (1 if value.dim() == 1 and name.endswith("weight") else 0)
    for name, value in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            value.data = torch.rand(value.shape) + 0.5
    return model.eval()


def write(name, model, processor, tensors):
    folder = OUT / name
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


def unit(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True)


def ensembled(model, pixels, encode, activation):
    """Zero-shot as CLIP's authors do it with many templates: each label's direction is the mean of those of its sentences."""
    text = [unit(features(model.get_text_features(**encode([t.replace("{}", label) for t in TEMPLATES])))).mean(0) for label in LABELS]
    logits = unit(features(model.get_image_features(pixel_values=pixels))) @ unit(torch.stack(text)).T * model.logit_scale.exp()
    return activation(logits + getattr(model, "logit_bias", 0))


def features(found):
    return found if torch.is_tensor(found) else found.pooler_output


@torch.inference_mode()
def main():
    shutil.rmtree(OUT, ignore_errors=True)
    images = pictures()
    pixels = lambda processor: processor(images, return_tensors="pt")["pixel_values"]

    labels = dict(enumerate(["apple", "pear", "plum", "fig", "quince"]))
    model = randomize(ViTForImageClassification(ViTConfig(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, image_size=32, patch_size=8, id2label=labels,
    )))
    processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    out = model(pixels(processor), output_hidden_states=True)
    cls = model.vit(pixels(processor)).last_hidden_state[:, 0]
    write("vit", model, processor, {"embeddings": cls, "probabilities": out.logits.softmax(-1)})

    # Without a head; takes other sizes than its own.
    model = randomize(ResNetModel(ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 2], layer_type="basic")))
    processor = ConvNextImageProcessorPil(size={"shortest_edge": 32}, crop_pct=0.875)
    sized = ConvNextImageProcessorPil(size={"shortest_edge": 64}, crop_pct=0.875)
    write("resnet", model, processor, {
        "embeddings": model(pixels(processor)).pooler_output.flatten(1),
        "embeddings.64": model(pixels(sized)).pooler_output.flatten(1),
    })

    # A head without names.
    model = randomize(ConvNextForImageClassification(ConvNextConfig(hidden_sizes=[8, 12, 16, 20], depths=[1, 1, 1, 1], num_labels=4)))
    processor = ConvNextImageProcessorPil(size={"shortest_edge": 64}, crop_pct=0.875)
    write("convnext", model, processor, {
        "embeddings": model.convnext(pixels(processor)).pooler_output, "probabilities": model(pixels(processor)).logits.softmax(-1),
    })

    tokenizer = CLIPTokenizer.from_pretrained(ROOT / "text/clip_files")
    tower = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
    model = randomize(CLIPModel(CLIPConfig(
        text_config=tower | {"vocab_size": len(tokenizer), "max_position_embeddings": 32, "eos_token_id": tokenizer.eos_token_id,
                             "bos_token_id": tokenizer.bos_token_id, "pad_token_id": tokenizer.pad_token_id},
        vision_config=tower | {"image_size": 32, "patch_size": 8}, projection_dim=20,
    )))
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    encode = lambda texts: tokenizer(texts, padding=True, return_tensors="pt")
    texts = encode([TEMPLATE.format(label) for label in LABELS])
    zero_shot = model(pixel_values=pixels(processor), **texts).logits_per_image.softmax(-1)
    folder = write("clip", model, processor, {
        "embeddings": features(model.get_image_features(pixel_values=pixels(processor))),
        "text_embeddings": features(model.get_text_features(**encode(LABELS))),
        "zero_shot": zero_shot,
        "zero_shot.templates": ensembled(model, pixels(processor), encode, lambda logits: logits.softmax(-1)),
    })
    tokenizer.save_pretrained(folder)

    # Trained with texts filled up to 64 tokens, which it reads without a mask.
    tokenizer = SiglipTokenizer.from_pretrained(ROOT / "text/sp_siglip")
    model = randomize(SiglipModel(SiglipConfig(
        text_config=tower | {"vocab_size": len(tokenizer), "max_position_embeddings": 64, "projection_size": 24, "pad_token_id": 1,
                             "bos_token_id": None, "eos_token_id": 1},
        vision_config=tower | {"image_size": 32, "patch_size": 8},
    )))
    processor = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    encode = lambda texts: tokenizer(texts, padding="max_length", max_length=64, return_tensors="pt")
    texts = encode([TEMPLATE.format(label) for label in LABELS])
    assert list(texts) == ["input_ids"]
    folder = write("siglip", model, processor, {
        "embeddings": features(model.get_image_features(pixel_values=pixels(processor))),
        "text_embeddings": features(model.get_text_features(**encode(LABELS))),
        "zero_shot": model(pixel_values=pixels(processor), **texts).logits_per_image.sigmoid(),
        "zero_shot.templates": ensembled(model, pixels(processor), encode, torch.sigmoid),
    })
    for name in ("spiece.model", "tokenizer_config.json"):
        shutil.copy(ROOT / "text/sp_siglip" / name, folder)
    size = sum(f.stat().st_size for f in OUT.rglob("*") if f.is_file())
    print(f"{size:,} bytes")


if __name__ == "__main__":
    main()
