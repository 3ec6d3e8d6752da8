"""GIF: what Pillow writes, and what it reads but does not write."""

import struct

from PIL import Image

from .scene import HEIGHT, WIDTH, palette_picture, saved, scene


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
