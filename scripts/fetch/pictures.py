"""Real pictures that packages of the index carry."""

import os
import tarfile

from folders import Refused, once, say
from packages import Wheel, download, unpack

SKIMAGE = Wheel("scikit-image", "0.26.0", "manylinux_2_28_x86_64", "7df650e79031634ac90b11e64a9eedaf5a5e06fcd09bcd03a34be01745744466")
PHOTOS = "skimage/data/"
READABLE = (".png", ".jpg")
PHOTOS_COUNT = 26

ALIBI = Wheel("alibi", "0.9.4", "any", "85f014f3d451273209f3aea3e31dd79b7cdd2969224718c19c171dc94873e4b0")
CATS = "alibi/data/cats.tar.gz"
CATS_COUNT = 4


@once("photos", "data", "photos")
def photos(target, temporary):
    """Photographs and test pictures of scikit-image, under their names there."""
    path = download(SKIMAGE, target)
    unpack(path, temporary, lambda name: name[len(PHOTOS) :] if name.startswith(PHOTOS) and name.endswith(READABLE) else None)
    counted(temporary, PHOTOS_COUNT)
    os.remove(path)
    return temporary


@once("cats", "data", "cats")
def cats(target, temporary):
    """Four cats; their ImageNet classes are in their names: n02123045_281_tabby_cat.jpg."""
    path = download(ALIBI, target)
    unpack(path, temporary, lambda name: "cats.tar.gz" if name == CATS else None)
    folder = os.path.join(temporary, "cats")
    os.mkdir(folder)
    with tarfile.open(os.path.join(temporary, "cats.tar.gz")) as archive:
        for member in archive.getmembers():
            name = os.path.basename(member.name)
            if member.isfile() and name.endswith(".jpg"):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(archive.extractfile(member).read())
    counted(folder, CATS_COUNT)
    os.remove(path)
    return folder


def counted(folder, expected):
    found = len(os.listdir(folder))
    if found != expected:
        raise Refused(f"there are {found} pictures in the package, not {expected}")
    say(f"found {found} pictures")
