#!/usr/bin/env python3
"""The archives of `make dist`, each unpacked in an empty folder: the examples build against it alone, and its licences are in it."""

import glob
import importlib.util
import os
import re
import shutil
import tarfile
import zipfile

from support import ROOT, alone, examples_run, link_libtorch, run_all, say

DIST = os.path.join(ROOT, "target", "dist")
FIXTURE = os.path.join(ROOT, "tests", "fixtures", "bert", "st_mean")


def packed(pattern):
    found = glob.glob(os.path.join(DIST, pattern))
    assert len(found) == 1, f"{pattern} in target/dist: {found}"
    return found[0]


def unpack(archive, scratch):
    folder = os.path.join(scratch, "unpacked")
    os.mkdir(folder)
    say(["tar", "xzf", archive, "-C", folder])
    return os.path.join(folder, *os.listdir(folder))


def archive_with_libtorch(scratch):
    prefix = unpack(packed("glyxel-*-x86_64.tar.gz"), scratch)
    examples_run(os.path.join(prefix, "share", "glyxel", "examples"), prefix, scratch, every=True)
    licenses(os.path.join(prefix, "share", "licenses", "glyxel"), libtorch=True)


def archive_without_libtorch(scratch):
    prefix = unpack(packed("glyxel-*-no-libtorch.tar.gz"), scratch)
    assert not os.path.exists(os.path.join(prefix, "lib", "glyxel"))
    link_libtorch(prefix)
    examples_run(os.path.join(prefix, "share", "glyxel", "examples"), prefix, scratch)
    licenses(os.path.join(prefix, "share", "licenses", "glyxel"), libtorch=False)


def the_same_files_make_the_same_bytes(scratch):
    spec = importlib.util.spec_from_file_location("dist", os.path.join(ROOT, "scripts", "package", "dist.py"))
    dist = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dist)
    archive = packed("glyxel-*-no-libtorch.tar.gz")
    prefix = unpack(archive, scratch)
    for at, _, files in os.walk(prefix):
        for name in files:
            os.utime(os.path.join(at, name), (1, 1), follow_symlinks=False)
    again = os.path.join(scratch, "again.tar.gz")
    dist.tar(again, dist.tree(prefix, os.path.basename(prefix)))
    assert dist.read(again) == dist.read(archive)
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.mtime, entry.uid, entry.uname) for entry in entries} == {(dist.TIME, 0, "")}


def licenses(folder, libtorch):
    def text(name):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()

    assert "Apache License" in text("LICENSE-APACHE") and "MIT" in text("LICENSE-MIT")
    crates = text("crates.txt")
    for name in ("tokenizers", "onig_sys", "tch", "torch-sys", "ring", "webpki-roots"):
        assert re.search(rf"^{name} \d", crates, re.M), name
    for name in ("clap", "cbindgen", "indicatif"):
        assert not re.search(rf"^{name} \d", crates, re.M), name
    # Each text that the list names is there; oniguruma's lies deep in its package.
    texts = set(re.findall(r"^=== text (\d+) ===$", crates, re.M))
    named = {number for line in re.findall(r"; texts? ([\d, ]+)$", crates, re.M) for number in line.split(", ")}
    assert texts and texts == named, texts ^ named
    assert "K.Kosako" in crates
    if libtorch:
        assert "PyTorch" in text("libtorch/torch/LICENSE") + text("libtorch/torch/NOTICE")
        assert text("libtorch/nvidia_cuda_runtime/License.txt") and text("libtorch/nvidia_cuda_cupti/License.txt")
        assert "GCC Runtime Library Exception" in text("libtorch/libgomp.txt")


def natives_run(folder, scratch):
    """The native libraries of a package, opened by their path as P/Invoke does, embed a text."""
    program = os.path.join(scratch, "unload")
    say(["cc", "-std=c99", f"-I{ROOT}/include", f"{ROOT}/tests/c/unload.c", "-o", program, "-ldl"])
    alone([program, os.path.join(folder, "libglyxel.so"), FIXTURE, os.path.join(scratch, "cache")], scratch)


def unity_package(scratch):
    package = unpack(packed("*.tgz"), scratch)
    assert os.path.basename(package) == "package" and os.path.exists(os.path.join(package, "package.json"))
    natives_run(os.path.join(package, "Plugins", "Linux", "x86_64"), scratch)
    licenses(os.path.join(package, "Licenses~"), libtorch=True)
    seen = {}
    for at, folders, files in os.walk(package):
        folders[:] = [name for name in folders if not name.endswith("~") and not name.startswith(".")]
        for name in [*folders, *(name for name in files if not name.startswith("."))]:
            path = os.path.join(at, name)
            if name.endswith(".meta"):
                with open(path, encoding="utf-8") as file:
                    identity = re.search(r"^guid: ([0-9a-f]{32})$", file.read(), re.M)[1]
                assert identity not in seen, f"{path} and {seen[identity]} have one id"
                seen[identity] = path
                assert os.path.exists(path[: -len(".meta")]), f"{path} belongs to nothing"
            else:
                assert os.path.exists(path + ".meta"), f"{path} has no .meta"


def nuget_layout(scratch):
    folder = os.path.join(scratch, "unpacked")
    with zipfile.ZipFile(packed("*.nupkg")) as archive:
        archive.extractall(folder)
    for name in ("[Content_Types].xml", "_rels/.rels"):
        assert os.path.exists(os.path.join(folder, name)), name
    assert len(glob.glob(os.path.join(folder, "*.nuspec"))) == 1
    assert glob.glob(os.path.join(folder, "lib", "netstandard2.0", "*.dll"))
    natives_run(os.path.join(folder, "runtimes", "linux-x64", "native"), scratch)
    licenses(os.path.join(folder, "licenses"), libtorch=True)


if __name__ == "__main__":
    tests = [archive_with_libtorch, archive_without_libtorch, the_same_files_make_the_same_bytes]
    if os.path.exists(os.path.join(ROOT, "bindings", "csharp", "unity", "package.json")):
        tests.append(unity_package)
    # Without Mono there is no assembly to pack; CI has it.
    if glob.glob(os.path.join(ROOT, "bindings", "csharp", "nuget", "*.nuspec")) and (shutil.which("mcs") or os.environ.get("CI")):
        tests.append(nuget_layout)
    run_all(tests)
