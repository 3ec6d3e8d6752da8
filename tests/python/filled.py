"""Weights that are not stored but computed from their names, here and in tests/support/filled.rs, and cases of image encoders:

NAME.json          config: the config.json; weights: [name, shape] of the checkpoint's tensors; batch, height, width: of the
                   pixels, which are computed too; forms: the two tensors' names below that there are
                   refused: instead of a size, a word of the error that there must be
NAME.safetensors   embedding (batch, dim); logits (batch, classes), where there is a head; ids and text_embedding of a dual encoder
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

VISION = Path(__file__).resolve().parent.parent / "fixtures" / "vision"


def uniform(name, shape):
    """Values in -1 to 1: an FNV-1a hash of the name, mixed with each value's index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = np.uint32(seed) + np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(2654435761)
        x ^= x >> 16
        x *= np.uint32(0x7FEB352D)
        x ^= x >> 15
        x *= np.uint32(0x846CA68B)
        x ^= x >> 16
    return ((x >> 8).astype(np.float64) / 2**24 * 2 - 1).reshape(shape)


def value(name, shape):
    """The weight of that name: of a size at which activations neither vanish nor explode, and every weight shows."""
    u = uniform(name, shape)
    if name.endswith("running_var"):
        u = 1 + 0.5 * u
    elif len(shape) == 1 and name.endswith(".weight"):  # a norm's
        u = 1 + 0.3 * u
    elif name.endswith(".weight") and len(shape) > 1:  # a product's, a convolution's
        u = u * (1.4 * math.sqrt(3 / math.prod(shape[1:])))
    else:
        u = 0.3 * u
    return torch.from_numpy(np.asarray(u, dtype=np.float32))


def fill(model):
    """Gives a model its weights, and returns what its checkpoint would list."""
    state = model.state_dict()
    with torch.no_grad():
        for name, tensor in state.items():
            if tensor.is_floating_point():
                tensor.copy_(value(name, tuple(tensor.shape)))
    model.eval()
    return [[name, list(tensor.shape)] for name, tensor in state.items()]


def pixels(batch, height, width):
    return torch.from_numpy(1.5 * uniform("pixels", (batch, 3, height, width)).astype(np.float32))


def write_case(family, name, config, weights, size, tensors):
    """`size`: (batch, height, width) of the pixels; `tensors`: what the reference makes of them."""
    folder = VISION / family
    folder.mkdir(parents=True, exist_ok=True)
    case = {"config": config, "weights": weights, "batch": size[0], "height": size[1], "width": size[2]}
    (folder / f"{name}.json").write_text(json.dumps(case) + "\n", encoding="utf-8")
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, folder / f"{name}.safetensors")
    (folder / f"{name}.safetensors").chmod(0o644)


def write_refusal(family, name, config, weights, word):
    """A checkpoint that must be refused, by a message with this word."""
    folder = VISION / family
    folder.mkdir(parents=True, exist_ok=True)
    case = {"config": config, "weights": weights, "refused": word}
    (folder / f"{name}.json").write_text(json.dumps(case) + "\n", encoding="utf-8")
