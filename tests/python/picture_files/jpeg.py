"""JPEG: what Pillow writes, and what it reads but does not write."""

import struct

from .scene import exif, saved, smooth, xmp


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
