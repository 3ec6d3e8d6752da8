"""Builds tests/fixtures/pictures: small pictures of every format and mode, and what Pillow makes of them.

    python tests/python/picture_fixtures.py            # into tests/fixtures/pictures

expected.safetensors holds, by file name, ImageOps.exif_transpose(picture).convert("RGB") (height x width x 3). Of 16-bit grey it
is the high byte, where Pillow clips, and so it is of 16-bit planes, which Pillow mixes up.
"""

import io
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "pictures"
WIDTH, HEIGHT = 19, 11
HIGH_BYTES = {}  # name -> what is expected in place of what Pillow makes


# ---- what is in the pictures -----------------------------------------------------------------------------------------


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


# ---- JPEG ------------------------------------------------------------------------------------------------------------


def jpeg_segments(file):
    """(start, end, marker) of each segment before the pixels."""
    at = 2
    while True:
        marker, length = file[at + 1], struct.unpack(">H", file[at + 2 : at + 4])[0]
        yield at, at + 2 + length, marker
        at += 2 + length
        if marker == 0xDA:
            return


def with_adobe(file, transform):
    """Another transform in Adobe's segment, or (None) no such segment."""
    start, end, _ = next(s for s in jpeg_segments(file) if s[2] == 0xEE)
    segment = b"" if transform is None else file[start : end - 1] + bytes([transform])
    return file[:start] + segment + file[end:]


def numbered(file):
    """Components called 1, 2, 3 where they were R, G, B."""
    out = bytearray(file)
    for start, end, marker in jpeg_segments(file):
        if marker in (0xC0, 0xDA):
            for i in range(start, end):
                if out[i] in b"RGB":
                    out[i] = b"RGB".index(out[i]) + 1
    return bytes(out)


def jpegs():
    rgb = smooth()
    yield "444.jpg", saved(rgb, "JPEG", quality=90, subsampling=0)
    yield "422.jpg", saved(rgb, "JPEG", quality=90, subsampling=1)
    yield "420.jpg", saved(rgb, "JPEG", quality=90, subsampling=2)
    yield "progressive.jpg", saved(rgb, "JPEG", quality=90, subsampling=0, progressive=True)
    yield "progressive_420.jpg", saved(rgb, "JPEG", quality=90, subsampling=2, progressive=True)
    yield "restarts.jpg", saved(rgb, "JPEG", quality=90, subsampling=0, restart_marker_blocks=1)
    yield "grey.jpg", saved(smooth("L"), "JPEG", quality=90)
    yield "grey_progressive.jpg", saved(smooth("L"), "JPEG", quality=90, progressive=True)
    kept = saved(rgb, "JPEG", quality=90, keep_rgb=True)
    yield "rgb.jpg", kept
    yield "rgb_by_adobe.jpg", numbered(kept)
    cmyk = saved(smooth("CMYK"), "JPEG", quality=90)
    yield "cmyk.jpg", cmyk
    yield "cmyk_progressive.jpg", saved(smooth("CMYK"), "JPEG", quality=90, progressive=True)
    yield "cmyk_without_adobe.jpg", with_adobe(cmyk, None)
    yield "ycck.jpg", with_adobe(cmyk, 2)
    yield "one_pixel.jpg", saved(smooth(width=1, height=1), "JPEG", quality=90)
    yield "wide.jpg", saved(smooth(width=4000, height=3), "JPEG", quality=50)
    for orientation in range(1, 9):
        yield f"exif_{orientation}.jpg", saved(rgb, "JPEG", quality=90, subsampling=0, exif=exif(orientation))
    yield "exif_broken.jpg", saved(rgb, "JPEG", quality=90, subsampling=0, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    yield "xmp_8.jpg", saved(rgb, "JPEG", quality=90, subsampling=0, xmp=xmp(8))


# ---- PNG -------------------------------------------------------------------------------------------------------------

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


# ---- WebP ------------------------------------------------------------------------------------------------------------


def riff(*chunks):
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def u24(*values):
    return b"".join(struct.pack("<I", value)[:3] for value in values)


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


# ---- GIF -------------------------------------------------------------------------------------------------------------


def gif_screen(file, width, height):
    """The same frame on a screen of another size, with colour 3 for its background."""
    return file[:6] + struct.pack("<HHBB", width, height, file[10], 3) + file[12:]


def gif_frame_at(file, left, top):
    at = file.index(b"," + struct.pack("<HHHH", 0, 0, WIDTH, HEIGHT))
    return file[: at + 1] + struct.pack("<HH", left, top) + file[at + 5 :]


def gifs():
    plain = saved(palette_picture(16), "GIF", interlace=False)
    keyed = saved(palette_picture(16, transparency=5), "GIF", interlace=False, transparency=5)
    yield "palette.gif", plain
    yield "interlaced.gif", saved(palette_picture(256), "GIF", interlace=True)
    yield "grey.gif", saved(Image.fromarray(scene(1)), "GIF")
    yield "two_colours.gif", saved(palette_picture(2), "GIF")
    yield "transparent.gif", keyed
    yield "small_frame.gif", gif_frame_at(gif_screen(plain, WIDTH + 8, HEIGHT + 6), 5, 2)
    yield "small_transparent_frame.gif", gif_frame_at(gif_screen(keyed, WIDTH + 8, HEIGHT + 6), 5, 2)
    yield "frame_outside.gif", gif_frame_at(plain, 4, 3)
    yield "one_pixel.gif", saved(Image.new("P", (1, 1), 0), "GIF")
    frames = [palette_picture(16), palette_picture(7)]
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    # The screen's colours become the frame's own; then a table of two, although indices go up to fifteen.
    size = 3 * 16
    table, flags = plain[13 : 13 + size], plain[10]
    at = plain.index(b",", 13 + size)
    end = at + 10
    own = plain[at : end - 1] + bytes([0x80 | flags & 7])
    yield "own_palette.gif", plain[:10] + bytes([0]) + plain[11:13] + plain[13 + size : at] + own + table + plain[end:]
    yield "short_palette.gif", plain[:10] + bytes([flags & 0xF8]) + plain[11:13] + table[:6] + plain[13 + size :]


# ---- BMP -------------------------------------------------------------------------------------------------------------


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


# ---- TIFF ------------------------------------------------------------------------------------------------------------


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


# ---- all -------------------------------------------------------------------------------------------------------------


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
