"""BMP: what Pillow writes, and what it reads but does not write."""

import struct

import numpy as np
from PIL import Image

from .scene import HEIGHT, WIDTH, palette_picture, saved, scene, smooth


def bmp(bits, rows, compression=0, height=HEIGHT, extra=b"", colours=0):
    """rows: the pixels as they stand in the file."""
    offset = 54 + len(extra)
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(rows), 2835, 2835, colours, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + header + extra + rows


def bmp_rows(values):
    rows = values[::-1].reshape(HEIGHT, -1)
    return b"".join(row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in rows)


def run_lengths(indices):
    """Runs of one, a literal, then the rest of the row as runs; an end of line, an end of file."""
    out = bytearray()
    for row in indices[::-1]:
        out += bytes([0, 5, *row[:5], 0])
        for value in row[5:]:
            out += bytes([1, value])
        out += bytes([0, 0])
    return bytes(out + bytes([0, 1]))


def bmps():
    yield "rgb.bmp", saved(Image.fromarray(scene(3)), "BMP")
    yield "rgba.bmp", saved(Image.fromarray(scene(4), "RGBA"), "BMP")
    yield "grey.bmp", saved(Image.fromarray(scene(1)), "BMP")
    yield "palette.bmp", saved(palette_picture(256), "BMP")
    yield "one_bit.bmp", saved(Image.fromarray(scene(1)).convert("1"), "BMP")
    yield "one_pixel.bmp", saved(smooth(width=1, height=1), "BMP")
    yield "bgrx.bmp", bmp(32, bmp_rows(scene(4)))
    yield "top_down.bmp", bmp(24, bmp_rows(scene(3)), height=-HEIGHT)
    words = scene(1, depth=16).astype("<u2")
    yield "555.bmp", bmp(16, bmp_rows(words & 0x7FFF))
    yield "565.bmp", bmp(16, bmp_rows(words), 3, extra=struct.pack("<III", 0xF800, 0x07E0, 0x001F))
    colours = np.random.default_rng(1).integers(0, 256, 4 * 256, np.uint8).tobytes()
    yield "run_lengths.bmp", bmp(8, run_lengths(scene(1)), 1, extra=colours, colours=256)
    nibbles = scene(1, depth=4)
    packed = np.pad(nibbles, ((0, 0), (0, 1))).reshape(HEIGHT, -1, 2)
    rows = (packed[..., 0] << 4 | packed[..., 1]).astype(np.uint8)
    yield "four_bits.bmp", bmp(4, bmp_rows(rows), extra=colours[:64], colours=16)
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24)
    yield "os2.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + core + bmp_rows(scene(3))
