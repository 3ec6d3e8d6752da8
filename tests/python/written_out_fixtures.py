"""Builds tests/fixtures/written_out: modules traced in Python whose attention is written out as products and a softmax, and forms of it that
only TorchScript can write.

    python tests/python/written_out_fixtures.py

    NAME.pt    a bundle: encoders of texts (transformers, eager attention) and of pictures (transformers, timm, torchvision)
    forms.pt   a method for each form, each of q, k, v (batch, heads, tokens, width) and a mask
"""

import json
import os
import tempfile
import warnings
from functools import partial
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import timm
import timm.layers
import torch
import torchvision
import transformers
from export_fixtures import MODELS, ROOT, SIZE, begin, build, export, randomize
from export_torchscript import without_paths
from foreign_models import manifest

OUT = ROOT / "tests" / "fixtures" / "written_out"
SIDE = 32
# T5's newer encoders: gelu, written out by tanh, of one half times the other
GATED = transformers.T5Config(d_model=16, d_kv=8, d_ff=24, num_layers=1, num_heads=2, decoder_start_token_id=0, feed_forward_proj="gated-gelu", **SIZE)
TEXTS = MODELS | {"t5_gated": MODELS["t5"] | {"config": GATED}}
BASE = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2)
SWIN = dict(embed_dim=8, depths=(2, 2), num_heads=(2, 4), window_size=4)
PLAIN = dict(img_size=SIDE, patch_size=8, depth=1, embed_dim=16, num_heads=2)


def by_transformers(kind, **config):
    kind = getattr(transformers, kind)
    model = kind(kind.config_class(image_size=SIDE, **config))
    model.set_attn_implementation("eager")
    return model


def by_timm(name, **config):
    timm.layers.set_fused_attn(False)
    return timm.create_model(name, num_classes=0, **config)


def by_torchvision():
    swin = torchvision.models.swin_transformer.SwinTransformer
    return swin(patch_size=[4, 4], embed_dim=8, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], num_classes=5)


PICTURES = {
    "vit": partial(by_transformers, "ViTModel", patch_size=8, **BASE),
    "clip": partial(by_transformers, "CLIPVisionModel", patch_size=8, **BASE),
    "beit": partial(by_transformers, "BeitModel", patch_size=8, use_relative_position_bias=True, **BASE),
    "swin": partial(by_transformers, "SwinModel", patch_size=2, **SWIN),
    "timm_vit": partial(by_timm, "vit_tiny_patch16_224", **PLAIN),
    "timm_swin": partial(by_timm, "swin_tiny_patch4_window7_224", img_size=SIDE, **SWIN),
    "torchvision_swin": by_torchvision,
}


class Pictures(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def embed_image(self, pixels):
        result = self.model(pixels)
        return result if isinstance(result, torch.Tensor) else result.last_hidden_state.mean(1)


class Forms(torch.nn.Module):
    @torch.jit.export
    def by_mT(self, q, k, v, mask):
        return torch.softmax(q @ k.mT * 0.3 + mask, -1) @ v

    @torch.jit.export
    def einsum_of_values(self, q, k, v, mask):
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(q @ k.mT, -1), v)

    @torch.jit.export
    def of_two_dimensions(self, q, k, v, mask):
        return torch.softmax(torch.mm(q[0, 0], k[0, 0].t()).matmul(k[0, 0]) @ k[0, 0].t() * 0.3, -1) @ v[0, 0]

    @torch.jit.export
    def a_mask_twice_as_strong(self, q, k, v, mask):
        return torch.softmax(torch.add(q @ k.mT, mask, alpha=2), -1) @ v

    @torch.jit.export
    def scores_twice_as_strong(self, q, k, v, mask):
        return torch.softmax(torch.add(mask, q @ k.mT, alpha=2), -1) @ v

    @torch.jit.export
    def a_number_is_added(self, q, k, v, mask):
        return torch.softmax(q @ k.mT + 2.5, -1) @ v

    @torch.jit.export
    def scores_are_taken_from_a_number(self, q, k, v, mask):
        return torch.softmax(1.5 - q @ k.mT, -1) @ v

    @torch.jit.export
    def divided_and_rounded(self, q, k, v, mask):
        return torch.softmax(torch.div(q @ k.mT, 3.0, rounding_mode="floor"), -1) @ v

    @torch.jit.export
    def a_scale_by_width(self, q, k, v, mask):
        return torch.softmax(q @ k.mT / float(q.size(-1)) ** 0.5 + mask, -1) @ v

    @torch.jit.export
    def as_whole_numbers(self, q, k, v, mask):
        return torch.softmax((q @ k.mT).to(torch.int64).to(torch.float32), -1) @ v

    @torch.jit.export
    def as_precise_as_another(self, q, k, v, mask):
        return torch.softmax(q @ k.mT, -1, dtype=torch.float64).type_as(q) @ v

    @torch.jit.export
    def softmax_of_a_branch(self, q, k, v, mask):
        scores = torch.softmax(q @ k.mT, -1)
        if q.size(0) > 1:
            return scores @ v
        return scores @ v * 2.0


def save(module, name, extra):
    with tempfile.TemporaryDirectory() as folder:
        torch.jit.save(without_paths(module, Path(folder)), OUT / f"{name}.pt", _extra_files=extra)


def write_pictures(name, model):
    methods = Pictures(randomize(model.eval(), name)).requires_grad_(False)
    pixels = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(7))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # about shapes that become numbers
        traced = torch.jit.trace_module(methods, {"embed_image": pixels}, check_trace=False, strict=False)
        described = manifest(name, methods.embed_image(pixels).shape[1])
    for what in (described["image"], described["image"]["preprocessing"]["crop"]):
        what.update(height=SIDE, width=SIDE)
    save(traced, name, {"glyxel.json": json.dumps(described)})


def write_texts(name):
    with tempfile.TemporaryDirectory() as folder:
        source = build(name, Path(folder), **TEXTS[name])
        settings = source / "sentence_bert_config.json"
        described = json.loads(settings.read_text()) | {"model_kwargs": {"attn_implementation": "eager"}}
        settings.write_text(json.dumps(described))
        export(str(source), OUT / f"{name}.pt")


def main():
    begin(OUT)
    for name in TEXTS:
        write_texts(name)
    for name, made in PICTURES.items():
        write_pictures(name, made())
    save(torch.jit.script(Forms()), "forms", {})
    print(f"{len(list(OUT.iterdir()))} archives, {sum(f.stat().st_size for f in OUT.iterdir()):,} bytes")


if __name__ == "__main__":
    main()
