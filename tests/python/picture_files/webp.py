"""WebP: what Pillow writes, and what it reads but does not write."""

import struct

from PIL import Image

from .scene import HEIGHT, WIDTH, exif, palette_picture, saved, scene, smooth, xmp


def riff(*chunks):
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def u24(*values):
    return b"".join(struct.pack("<I", value)[:3] for value in values)


def plain_webp(file):
    """The one chunk of a lossless file."""
    at = file.index(b"VP8L")
    return b"VP8L", file[at + 8 : at + 8 + struct.unpack("<I", file[at + 4 : at + 8])[0]]


def webps():
    rgb, alpha = smooth(), Image.fromarray(scene(4), "RGBA")
    yield "lossy.webp", saved(rgb, "WEBP", quality=80)
    yield "lossy_alpha.webp", saved(smooth("RGBA"), "WEBP", quality=80, exact=True)
    yield "lossless.webp", saved(Image.fromarray(scene(3)), "WEBP", lossless=True)
    yield "lossless_alpha.webp", saved(alpha, "WEBP", lossless=True, exact=True)
    yield "lossless_few_colours.webp", saved(palette_picture(5).convert("RGB"), "WEBP", lossless=True)
    yield "one_pixel.webp", saved(smooth(width=1, height=1), "WEBP", quality=80)
    yield "exif_6.webp", saved(rgb, "WEBP", lossless=True, exif=exif(6))
    yield "xmp_4.webp", saved(rgb, "WEBP", lossless=True, xmp=xmp(4))
    # Metadata that no header announces is none.
    chunk = plain_webp(saved(rgb, "WEBP", lossless=True))
    yield "exif_6_without_flag.webp", riff((b"VP8X", bytes(4) + u24(WIDTH - 1, HEIGHT - 1)), chunk, (b"EXIF", exif(6)[6:]))
    yield "exif_6_without_header.webp", riff(chunk, (b"EXIF", exif(6)[6:]))
    for name, options in ("lossy", {"quality": 80}), ("lossless", {"lossless": True, "exact": True}):
        frames = [alpha, Image.fromarray(255 - scene(4), "RGBA")]
        yield f"animated_{name}.webp", saved(
            frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50, **options
        )
    # A first frame smaller than its canvas.
    still = saved(alpha, "WEBP", lossless=True, exact=True)
    pixels = still[still.index(b"VP8L") :]
    place = u24(3, 2, WIDTH - 1, HEIGHT - 1, 50) + b"\0"
    canvas = b"\x12\0\0\0" + u24(WIDTH + 10 - 1, HEIGHT + 9 - 1)
    animation = (b"ANIM", b"\x10\x20\x30\xff\0\0"), (b"ANMF", place + pixels)
    yield "animated_offset.webp", riff((b"VP8X", canvas), *animation)
