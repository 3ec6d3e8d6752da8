"""Random weights with which a model still says something: activations neither vanish nor explode, pictures differ, and every
weight shows, the statistics of batch norms included. It needs torch."""

from functools import partial

import torch
from torch import nn

SHAKEN = 0.4  # how far a norm's weights and all biases are from where training begins
BRANCH = 0.3  # what begins at nothing (a branch's last norm, a layer's scale) is here instead
SMOOTH = 0.9  # how much of a kernel is the same all over it: of rough ones the least noise in a picture would grow from layer to layer
CLASSES = (1000, 1001)


@torch.no_grad()
def randomise(model, pixels):
    """`pixels`: what the model reads, by which all that follows is brought to its size. Of what pictures have in common norms take
    away as little as leaves them different: the more goes, the more noise grows in a net that has learned nothing."""
    for centred in (0.0, 0.25, 0.5, 0.75, 1.0):
        for name, value in model.named_parameters():
            value.copy_(drawn(name, value))
        hooks = [m.register_forward_hook(settle_product) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
        norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
        hooks += [m.register_forward_pre_hook(partial(settle_norm, centred)) for m in norms]
        model.eval()
        output = model.get_image_features(pixels) if hasattr(model, "get_image_features") else model(pixels)
        for hook in hooks:
            hook.remove()
        if not norms or differ(output if torch.is_tensor(output) else output[0]):
            break


def differ(output):
    """Whether most pairs of pictures differ, in some value, by a twentieth of the largest."""
    rows = output.flatten(1)
    pairs = torch.cdist(rows, rows, p=float("inf"))
    return pairs.median() > rows.abs().max() / 20


def drawn(name, value):
    """A parameter's new value. A vector keeps what it began with (1 for a norm's weight, 0 for a bias) and is shaken."""
    noise, last = torch.randn_like(value), name.rsplit(".", 1)[-1]
    if last in ("logit_scale", "logit_bias"):
        return torch.full_like(value, 4.6 if last == "logit_scale" else -3.0)
    if value.numel() == max(value.shape, default=1):
        begins = value.mean()
        return SHAKEN * noise + (BRANCH if begins.abs() < 1e-3 and "bias" not in last else begins)
    if value.dim() == 4 and last == "weight":
        everywhere = noise.mean((2, 3), keepdim=True) * noise[0, 0].numel() ** 0.5
        noise = SMOOTH * everywhere + (1 - SMOOTH**2) ** 0.5 * noise
    if last.endswith("weight"):
        return noise / value[0].numel() ** 0.5
    return noise * 0.3  # tables of positions, tokens of their own


def settle_product(module, _, output):
    """Brings the result's size to 1, logits to 2."""
    size = output.pow(2).mean().sqrt() / (2 if getattr(module, "out_features", 0) in CLASSES else 1)
    for value in module.parameters():
        value /= size
    return output / size


def settle_norm(centred, norm, inputs):
    """The variance becomes about what the input has; the mean is any, and `centred` of the input's own."""
    mean = centred * inputs[0].mean((0, 2, 3))
    power = (inputs[0] - mean[:, None, None]).pow(2).mean()
    norm.running_mean.copy_(mean + 0.2 * power.sqrt() * torch.randn_like(mean))
    norm.running_var.copy_(power * (0.7 + 0.6 * torch.rand_like(mean)))
