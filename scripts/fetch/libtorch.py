"""target/libtorch: out of torch's wheel, or a view of a libtorch that is there already."""

import os
import re
import subprocess

from folders import Refused, fresh, locked, read, remove, say, write
from packages import Wheel, download, unpack

# One fixed Python tag, whatever python3 runs this: only the C++ parts are taken.
TORCH_VERSION = "2.11.0"
TORCH = Wheel("torch", TORCH_VERSION, "manylinux_2_28_x86_64", "0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756")
# libtorch_cpu.so of a CUDA build names these two, with or without a GPU.
CUPTI = Wheel("nvidia-cuda-cupti", "13.0.85", "manylinux_2_25_x86_64", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8")
CUDART = Wheel("nvidia-cuda-runtime", "13.0.96", "manylinux2014_x86_64", "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548")

# The wheel's own libtorch.so drags in libtorch_cuda.so, which the library opens at run time and only when it is wanted.
LIBTORCH_SO = "INPUT(libtorch_cpu.so libc10.so)\n"
FROM_WHEEL = f"wheel {TORCH.sha256}\n"


def fetch(target, libtorch):
    into = os.path.join(target, "libtorch")
    if libtorch and os.path.realpath(libtorch) == os.path.realpath(into):
        libtorch = None
    version = None
    source = FROM_WHEEL
    if libtorch:
        libtorch = os.path.abspath(libtorch)
        version = check_libtorch(libtorch)
        source = f"view of {libtorch} {version}\n"
    if source_of(into) == source:
        return
    with locked(target, "libtorch"):
        if source_of(into) == source:
            return
        if libtorch:
            say(f"{into} stands for {libtorch} ({version})")
            with fresh(into) as temporary:
                view(libtorch, version, temporary)
                write(os.path.join(temporary, ".source"), source)
                exchange(temporary, into)
        elif source_of(into + ".wheel") == FROM_WHEEL:
            say(f"{into} stands for torch {TORCH_VERSION}'s wheel again")
            os.utime(os.path.join(into + ".wheel", ".source"))  # newer than what was linked meanwhile
            exchange(into + ".wheel", into)
        else:
            unpack_libtorch(target, into)


def source_of(folder):
    return read(os.path.join(folder, ".source"))


def exchange(new, into):
    """Puts `new` where `into` is. What came out of the wheel is kept aside: it is half a gigabyte to fetch again."""
    if os.path.lexists(into):
        aside = into + (".wheel" if source_of(into) == FROM_WHEEL else ".old")
        remove(aside)
        os.rename(into, aside)
    os.rename(new, into)
    remove(into + ".old")


def unpack_libtorch(target, into):
    wheels = [download(wheel, target) for wheel in (TORCH, CUPTI, CUDART)]

    def rename(name):
        if name in ("torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so.1") or name.startswith("torch/include/"):
            return name[len("torch/") :]
        if re.fullmatch(r"nvidia/.*/lib/(libcupti|libcudart)\.so\.\d+", name):
            return "lib/" + os.path.basename(name)
        licence = re.fullmatch(r"([^/]+)-[^/-]+\.dist-info/licenses/(.*)", name)
        return f"licenses/{licence[1]}/{licence[2]}" if licence else None

    with fresh(into) as temporary:
        for path in wheels:
            unpack(path, temporary, rename)
        write(os.path.join(temporary, "lib", "libtorch.so"), LIBTORCH_SO)
        write(os.path.join(temporary, "build-version"), TORCH_VERSION + "+cu130\n")
        write(os.path.join(temporary, ".source"), FROM_WHEEL)
        exchange(temporary, into)
    for path in wheels:
        os.remove(path)


def check_libtorch(folder):
    """The version of the libtorch in `folder`, if glyxel can be built with it."""
    if not os.path.isfile(os.path.join(folder, "lib", "libtorch_cpu.so")):
        raise Refused(
            f"LIBTORCH is {folder}, but there is no lib/libtorch_cpu.so in it: name an unpacked libtorch or an installed torch package "
            "(the folder that python3 -c 'import torch; print(torch.__path__[0])' prints), or leave LIBTORCH out to have one fetched"
        )
    if not os.path.isdir(os.path.join(folder, "include", "ATen")):
        raise Refused(f"LIBTORCH is {folder}, but there is no include/ATen in it: glyxel needs libtorch's headers too")
    version = version_of(folder)
    if version is None:
        raise Refused(f"{folder} does not say which libtorch it is (no version.py, build-version or TORCH_VERSION_MAJOR); glyxel needs 2.11")
    if not re.match(r"2\.11\.\d+($|\+)", version):
        raise Refused(f"{folder} is libtorch {version}; glyxel needs 2.11: name another one in LIBTORCH, or leave it out to have one fetched")
    return version


def version_of(folder):
    found = re.search(r"""^__version__ = ['"]([^'"]+)""", read(os.path.join(folder, "version.py")) or "", re.M)
    if found:
        return found[1]
    text = read(os.path.join(folder, "build-version"))
    if text and text.strip():
        return text.strip()
    for header in ("torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"):
        text = read(os.path.join(folder, "include", *header.split("/"))) or ""
        parts = [re.search(rf"#define TORCH_VERSION_{part} (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH")]
        if all(parts):
            return ".".join(part[1] for part in parts)
    return None


def view(libtorch, version, into):
    """A folder of links laid out as the one from the wheel: the library finds its libtorch relative to itself."""
    lib = os.path.join(into, "lib")
    os.mkdir(lib)
    origin = os.path.join(libtorch, "lib")
    for name in sorted(os.listdir(origin)):
        if name != "libtorch.so" and not re.match(r"libtorch_(cuda|python)", name):
            os.symlink(os.path.join(origin, name), os.path.join(lib, name))
    for name, path in neighbours(origin):
        os.symlink(path, os.path.join(lib, name))
    write(os.path.join(lib, "libtorch.so"), LIBTORCH_SO)
    os.symlink(os.path.join(libtorch, "include"), os.path.join(into, "include"))
    # torch-sys wants exactly its own patch release there, and asks nothing where the file is missing; all of 2.11 will do.
    if re.match(re.escape(TORCH_VERSION) + r"($|\+)", version):
        write(os.path.join(into, "build-version"), version + "\n")


def neighbours(origin):
    """What libtorch_cpu.so needs and finds by its own run path, which starts at $ORIGIN: seen from the view, that is elsewhere."""
    elf = os.path.join(origin, "libtorch_cpu.so")
    dynamic = subprocess.run(["readelf", "-dW", elf], env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.PIPE, check=True, text=True).stdout
    run_path = re.search(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)
    folders = [re.sub(r"\$ORIGIN|\$\{ORIGIN\}", lambda _: origin, folder) for folder in (run_path[1] if run_path else "").split(":") if folder]
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if os.path.exists(os.path.join(origin, name)):
            continue
        for folder in folders:
            path = os.path.realpath(os.path.join(folder, name))
            if os.path.exists(path):
                yield name, path
                break
