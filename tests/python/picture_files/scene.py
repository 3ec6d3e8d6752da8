"""What is in the pictures."""

import io

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 19, 11
HIGH_BYTES = {}  # name -> what is expected in place of what Pillow makes


def scene(channels, width=WIDTH, height=HEIGHT, depth=8):
    """Slopes, an edge and some noise; no two channels alike."""
    y, x = np.mgrid[0:height, 0:width]
    random = np.random.default_rng(channels)
    planes = []
    for c in range(channels):
        slope = x / max(width - 1, 1) * (c + 1) + y / max(height - 1, 1) * (channels - c)
        edge = (x * 2 > width + c) * 0.5
        planes.append(slope / (channels + 1) * 0.7 + edge * 0.5 + random.uniform(0, 0.1, slope.shape))
    values = np.clip(np.stack(planes, -1) % 1.0, 0, 1) * (2**depth - 1)
    values = values.round().astype(np.uint16 if depth > 8 else np.uint8)
    return values[..., 0] if channels == 1 else values


def smooth(mode="RGB", width=WIDTH, height=HEIGHT):
    """Without noise, which lossy formats would take most of their bytes for."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / (5 + c) + y / (9 - c) + c) for c in range(len(mode))]
    return Image.merge(mode, [Image.fromarray(plane.astype(np.uint8)) for plane in planes])


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def palette_picture(colours, transparency=None):
    indices = scene(1, depth=8).astype(np.uint16) * colours // 256
    picture = Image.fromarray(indices.astype(np.uint8), "P")
    random = np.random.default_rng(colours)
    picture.putpalette(random.integers(0, 256, 3 * colours, dtype=np.uint8).tobytes())
    if transparency is not None:
        picture.info["transparency"] = transparency
    return picture


def exif(orientation):
    tags = Image.Exif()
    tags[0x010F] = "maker"
    tags[0x0112] = orientation
    return tags.tobytes()


def xmp(orientation):
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()
