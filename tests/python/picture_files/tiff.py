"""TIFF: what Pillow writes, and what it reads but does not write."""

import struct

import numpy as np
from PIL import Image

from .scene import HIGH_BYTES, palette_picture, saved, scene, smooth, xmp


def tiff(values, depth, photometric, order="<", tags=(), tile=None, planar=False):
    """An uncompressed TIFF of one strip for each plane, or of tiles."""
    height, width = values.shape[:2]
    channels = 1 if values.ndim == 2 else values.shape[2]
    values = values.reshape(height, width, channels)

    def packed(part):
        if depth == 16:
            return part.astype(order + "u2").tobytes()
        rows = part.reshape(part.shape[0], -1)
        if depth == 8:
            return rows.astype(np.uint8).tobytes()
        bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        return np.packbits(bits.reshape(len(rows), -1), axis=1).tobytes()

    if tile:
        across, down = -width % tile, -height % tile
        padded = np.pad(values, ((0, down), (0, across), (0, 0)), mode="edge")
        parts = [
            packed(padded[y : y + tile, x : x + tile])
            for y in range(0, height, tile) for x in range(0, width, tile)
        ]
    else:
        parts = [packed(values[..., c]) for c in range(channels)] if planar else [packed(values)]
    at, offsets = 8, []
    for part in parts:
        offsets.append(at)
        at += len(part)
    sizes = [len(part) for part in parts]
    fields = {256: ("H", [width]), 257: ("H", [height]), 258: ("H", [depth] * channels), 259: ("H", [1])}
    fields |= {262: ("H", [photometric]), 277: ("H", [channels]), 284: ("H", [2 if planar else 1])}
    if tile:
        fields |= {322: ("H", [tile]), 323: ("H", [tile]), 324: ("I", offsets), 325: ("I", sizes)}
    else:
        fields |= {273: ("I", offsets), 278: ("H", [height]), 279: ("I", sizes)}
    fields |= dict(tags)
    at += at % 2
    body = b"".join(parts).ljust(at - 8, b"\0")
    directory, beyond = struct.pack(order + "H", len(fields)), b""
    end = at + 2 + 12 * len(fields) + 4
    for tag, (kind, numbers) in sorted(fields.items()):
        data = struct.pack(f"{order}{len(numbers)}{kind}", *numbers)
        if len(data) > 4:
            data, beyond = struct.pack(order + "I", end + len(beyond)), beyond + data
        code = {"B": 1, "H": 3, "I": 4}[kind]
        directory += struct.pack(order + "HHI", tag, code, len(numbers)) + data.ljust(4, b"\0")
    magic = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, at)
    return magic + body + directory + b"\0\0\0\0" + beyond


def tiffs():
    rgb = Image.fromarray(scene(3))
    for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"):
        yield f"rgb_{compression}.tiff", saved(rgb, "TIFF", compression=compression)
    yield "rgb_predictor.tiff", saved(rgb, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "jpeg.tiff", saved(smooth(), "TIFF", compression="jpeg", quality=90)
    yield "jpeg_grey.tiff", saved(smooth("L"), "TIFF", compression="jpeg", quality=90)
    yield "fax.tiff", saved(Image.fromarray(scene(1)).convert("1"), "TIFF", compression="group4")
    yield "rgba.tiff", saved(Image.fromarray(scene(4), "RGBA"), "TIFF")
    yield "grey_alpha.tiff", saved(Image.fromarray(scene(2), "LA"), "TIFF")
    yield "cmyk.tiff", saved(Image.fromarray(scene(4), "CMYK"), "TIFF")
    yield "palette.tiff", saved(palette_picture(256), "TIFF")
    yield "one_bit.tiff", saved(Image.fromarray(scene(1)).convert("1"), "TIFF")
    yield "one_pixel.tiff", saved(smooth(width=1, height=1), "TIFF")
    pages = [rgb, Image.fromarray(255 - scene(3))]
    yield "pages.tiff", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for name, order in ("little", "<"), ("big", ">"):
        HIGH_BYTES[f"grey_16_{name}_endian.tiff"] = scene(1, depth=16) >> 8
        yield f"grey_16_{name}_endian.tiff", tiff(scene(1, depth=16), 16, 1, order)
        yield f"rgb_16_{name}_endian.tiff", tiff(scene(3, depth=16), 16, 2, order)
        colours = np.random.default_rng(4).integers(0, 65536, 48, np.uint16).tolist()
        yield f"palette_4_{name}_endian.tiff", tiff(scene(1, depth=4), 4, 3, order, {320: ("H", colours)})
    for depth in (1, 2, 4, 8):
        yield f"grey_{depth}.tiff", tiff(scene(1, depth=depth), depth, 1)
        yield f"white_is_zero_{depth}.tiff", tiff(scene(1, depth=depth), depth, 0)
    for name, kind in ("unspecified", 0), ("associated", 1), ("unassociated", 2):
        for depth in (8, 16):
            yield f"rgba_{depth}_{name}.tiff", tiff(scene(4, depth=depth), depth, 2, tags={338: ("H", [kind])})
    yield "cmyk_16.tiff", tiff(scene(4, depth=16), 16, 5)
    yield "tiles.tiff", tiff(scene(3), 8, 2, tile=16)
    yield "tiles_grey_4.tiff", tiff(scene(1, depth=4), 4, 1, tile=16)
    yield "planes.tiff", tiff(scene(3), 8, 2, planar=True)
    HIGH_BYTES["planes_16.tiff"] = scene(3, depth=16) >> 8
    yield "planes_16.tiff", tiff(scene(3, depth=16), 16, 2, planar=True)
    for orientation in (2, 6, 8):
        yield f"exif_{orientation}.tiff", tiff(scene(3), 8, 2, tags={274: ("H", [orientation])})
    yield "xmp_5.tiff", tiff(scene(3), 8, 2, tags={700: ("B", list(xmp(5)))})
