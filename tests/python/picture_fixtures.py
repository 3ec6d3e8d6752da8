"""Builds tests/fixtures/pictures: small pictures of every format and mode, and what Pillow makes of them.

    python tests/python/picture_fixtures.py            # into tests/fixtures/pictures

expected.safetensors holds, by file name, ImageOps.exif_transpose(picture).convert("RGB") (height x width x 3). Of 16-bit grey it
is the high byte, where Pillow clips, and so it is of 16-bit planes, which Pillow mixes up.
"""

import io
import shutil
from pathlib import Path

import numpy as np
from picture_files.bmp import bmps
from picture_files.gif import gifs
from picture_files.jpeg import jpegs
from picture_files.png import pngs
from picture_files.scene import HIGH_BYTES
from picture_files.tiff import tiffs
from picture_files.webp import webps
from PIL import Image, ImageOps
from safetensors.numpy import save_file

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "pictures"


def expected(name, file):
    if name in HIGH_BYTES:
        values = HIGH_BYTES[name].astype(np.uint8)
        return values if values.ndim == 3 else np.repeat(values[..., None], 3, -1)
    return np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB"))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    results = {}
    for family in jpegs, pngs, webps, gifs, bmps, tiffs:
        for name, file in family():
            (OUT / name).write_bytes(file)
            results[name] = np.ascontiguousarray(expected(name, file))
    save_file(results, OUT / "expected.safetensors")
    size = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(results)} pictures, {size:,} bytes")


if __name__ == "__main__":
    main()
