"""Our JPEG decoder against Pillow's (libjpeg-turbo), byte for byte, over thousands of generated files; exits non-zero if one differs.

    python tests/python/parity_jpeg.py --lib target/release/libglyxel.so [--rounds N]

Sizes, contents, qualities, samplings, progressive or not, restarts, optimised tables, grey, RGB, CMYK and YCCK. Pixels come out through
the C ABI by a model that embeds a picture as its own values: a bundle made here, one for each size.
"""

import argparse
import io
import json
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import torch
from glyxel import Glyxel
from picture_files.jpeg import jpeg_segments, numbered, with_adobe
from picture_files.scene import saved
from PIL import Image, ImageFile, features

SIZES = [(1, 1), (1, 40), (40, 1), (2, 3), (7, 9), (8, 8), (16, 16), (17, 15), (31, 33), (64, 48), (65, 127), (130, 100), (241, 319)]
MODES = ["L", "RGB", "CMYK"]

# Pillow writes into a buffer of this size, which optimised tables need as a whole.
ImageFile.MAXBLOCK = 1 << 20


class Pixels(torch.nn.Module):
    """(batch, 3, height, width) → each picture's values, pixel after pixel."""

    def embed_image(self, pixels):
        return pixels.permute(0, 2, 3, 1).flatten(1)


def bundle(path, height, width):
    pixels = torch.zeros(2, 3, height, width)
    traced = torch.jit.trace_module(Pixels(), {"embed_image": pixels})
    exact = {"to": {"exact": {"height": height, "width": width}}, "filter": "nearest"}
    values = {"resize": exact, "crop": None, "rescale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}
    image = {"dim": 3 * height * width, "embedding": "its pixels", "height": height, "width": width, "preprocessing": values}
    source = {"location": "parity_jpeg.py", "weights_sha256": "", "weights_dtype": "F32"}
    manifest = {"format": 1, "glyxel": "0.1.0", "libtorch": torch.__version__.split("+")[0], "architecture": "pixels"}
    manifest |= {"methods": [{"name": "embed_image", "inputs": ["pixels"], "outputs": ["embedding"]}]}
    manifest |= {"image": image, "source": source, "sealed": False}
    torch.jit.save(traced, path, _extra_files={"glyxel.json": json.dumps(manifest)})


def content(random, mode, width, height):
    """Waves, edges, noise, or a little of each."""
    channels = len(mode) if mode != "L" else 1
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for _ in range(channels):
        a, b, c = random.uniform(-0.3, 0.3, 2).tolist() + [random.uniform(0, 6)]
        wave = 127 + random.uniform(0, 127) * np.sin(a * x + b * y + c)
        edge = random.uniform(0, 255) * (a * x + b * y > random.uniform(-20, 20))
        noise = random.uniform(0, 255, x.shape)
        weights = random.dirichlet([0.4, 0.4, 0.4])
        planes.append(np.clip(weights[0] * wave + weights[1] * edge + weights[2] * noise, 0, 255))
    values = np.stack(planes, -1).astype(np.uint8)
    return Image.fromarray(values[..., 0] if channels == 1 else values, mode)


def resampled(file, factors, width, height):
    """Another size, and another sampling of the first component, over the same coded units."""
    out = bytearray(file)
    start = next(start for start, _, marker in jpeg_segments(file) if marker == 0xC0)
    out[start + 5 : start + 9] = struct.pack(">HH", height, width)
    out[start + 11] = factors
    return bytes(out)


def files(random, width, height):
    for mode in MODES:
        picture = content(random, mode, width, height)
        for options in ({}, {"progressive": True}, {"restart_marker_blocks": int(random.integers(1, 9))}, {"restart_marker_rows": 1}, {"optimize": True}):
            for sampling in (0, 1, 2) if mode == "RGB" else (0,):
                options = {**options, "quality": int(random.choice([1, 5, 20, 50, 75, 90, 95, 100])), "subsampling": sampling}
                file = saved(picture, "JPEG", **options)
                yield f"{mode} {options}", file
                if mode == "CMYK":
                    yield f"{mode} {options}, as YCCK", with_adobe(file, 2)
                    yield f"{mode} {options}, without Adobe's segment", with_adobe(file, None)
        if mode == "RGB":
            kept = saved(picture, "JPEG", quality=90, keep_rgb=True)
            yield "RGB, not converted", kept
            yield "RGB, not converted, by Adobe's segment", numbered(kept)
    # What Pillow does not write: 4:4:0 has the units of a 4:2:2 picture, 4:1:1 those of 4:2:0.
    for name, sampling, unit, factors, other in ("4:4:0", 1, (16, 8), 0x12, (8, 16)), ("4:1:1", 2, (16, 16), 0x41, (32, 8)):
        units = -(-width // other[0]), -(-height // other[1])
        picture = content(random, "RGB", units[0] * unit[0], units[1] * unit[1])
        quality = int(random.choice([20, 75, 95]))
        yield f"{name}, quality {quality}", resampled(saved(picture, "JPEG", quality=quality, subsampling=sampling), factors, width, height)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True)
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    compared = differing = 0
    with tempfile.TemporaryDirectory() as folder:
        glyxel = Glyxel(arguments.lib)
        for width, height in SIZES:
            path = Path(folder) / f"{width}x{height}.pt"
            bundle(path, height, width)
            with glyxel.load(str(path)) as model:
                for _ in range(arguments.rounds):
                    for what, file in files(random, width, height):
                        expected = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
                        got = model.embed_images([file])[0].reshape(expected.shape)
                        off = np.abs(got - expected)
                        compared += 1
                        if off.max() > 0:
                            differing += 1
                            print(f"{width}×{height} {what}: {(off > 0).mean():.2%} of the values differ, by up to {off.max():g}")
    by = f"libjpeg-turbo {features.version_feature('libjpeg_turbo')}"
    print(f"JPEG: {compared} files, {compared - differing} of them equal to Pillow's ({by}) in every byte")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
