"""PNG: what Pillow writes, and what it reads but does not write."""

import struct
import zlib

import numpy as np
from PIL import Image

from .scene import HIGH_BYTES, exif, saved, scene, smooth, xmp

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_rows(values, depth):
    """Rows without a filter; samples of fewer than eight bits are packed."""
    rows = values.reshape(values.shape[0], -1)
    if depth == 16:
        packed = [row.astype(">u2").tobytes() for row in rows]
    elif depth == 8:
        packed = [row.astype(np.uint8).tobytes() for row in rows]
    else:
        bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = [np.packbits(row.reshape(-1)).tobytes() for row in bits]
    return b"".join(b"\0" + row for row in packed)


def png(values, kind, depth, before=b"", after=b"", interlaced=False):
    height, width = values.shape[:2]
    if interlaced:
        parts = [values[y::down, x::right] for x, y, right, down in ADAM7]
        data = b"".join(png_rows(part, depth) for part in parts if part.size)
    else:
        data = png_rows(values, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    pixels = chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + pixels + after + chunk(b"IEND", b"")


def pngs():
    for interlaced in (False, True):
        end = "_interlaced.png" if interlaced else ".png"
        HIGH_BYTES[f"grey_16{end}"] = scene(1, depth=16) >> 8
        for depth in (1, 2, 4, 8, 16):
            yield f"grey_{depth}{end}", png(scene(1, depth=depth), GREY, depth, interlaced=interlaced)
        for depth in (1, 2, 4, 8):
            colours = chunk(b"PLTE", np.random.default_rng(depth).integers(0, 256, 3 << depth, np.uint8).tobytes())
            yield f"palette_{depth}{end}", png(scene(1, depth=depth), PALETTE, depth, colours, interlaced=interlaced)
        for name, kind, channels in ("rgb", RGB, 3), ("rgba", RGB_ALPHA, 4), ("grey_alpha", GREY_ALPHA, 2):
            for depth in (8, 16):
                yield f"{name}_{depth}{end}", png(scene(channels, depth=depth), kind, depth, interlaced=interlaced)
    grey, rgb = scene(1), scene(3)
    yield "grey_key.png", png(grey, GREY, 8, chunk(b"tRNS", struct.pack(">H", grey[0, 0])))
    yield "rgb_key.png", png(rgb, RGB, 8, chunk(b"tRNS", struct.pack(">HHH", *rgb[0, 0])))
    colours = chunk(b"PLTE", np.random.default_rng(4).integers(0, 256, 48, np.uint8).tobytes())
    yield "palette_key.png", png(scene(1, depth=4), PALETTE, 4, colours + chunk(b"tRNS", bytes(range(0, 160, 16))))
    yield "palette_short.png", png(scene(1, depth=4) % 9, PALETTE, 4, chunk(b"PLTE", bytes(range(27))))
    yield "one_pixel.png", png(scene(4, 1, 1), RGB_ALPHA, 8)
    yield "wide.png", saved(smooth(width=4000, height=3).convert("P").convert("RGB"), "PNG", optimize=True)
    yield "exif_6.png", png(rgb, RGB, 8, before=chunk(b"eXIf", exif(6)[6:]))
    yield "exif_5_at_the_end.png", png(rgb, RGB, 8, after=chunk(b"eXIf", exif(5)[6:]))
    profile = f"\nexif\n{len(exif(3)):8}\n{exif(3).hex()}\n".encode()
    yield "exif_3_in_text.png", png(rgb, RGB, 8, before=chunk(b"tEXt", b"Raw profile type exif\0" + profile))
    packed = b"Raw profile type exif\0\0" + zlib.compress(profile)
    yield "exif_3_in_packed_text.png", png(rgb, RGB, 8, before=chunk(b"zTXt", packed))
    yield "xmp_7.png", png(rgb, RGB, 8, before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(7)))
    frames = [Image.fromarray(scene(3)), Image.fromarray(255 - scene(3))]
    yield "animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=50)
    yield "animated_after_default.png", saved(
        frames[0], "PNG", save_all=True, append_images=frames, default_image=True, duration=50
    )
