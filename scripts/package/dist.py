#!/usr/bin/env python3
"""Packs what is given to others into target/dist; the same files make the same bytes.

    glyxel-VERSION-linux-x86_64.tar.gz               what `make install` lays out, libtorch for the CPU included
    glyxel-VERSION-linux-x86_64-no-libtorch.tar.gz   the same without it
    NAME-VERSION.tgz                                 the Unity package: bindings/csharp/unity and the native libraries
    ID.VERSION.nupkg                                 the NuGet layout: bindings/csharp/nuget and the native libraries

Of the Unity package and the NuGet layout, files are what lies in those folders (links are followed), and:
    native libraries in Plugins/Linux/x86_64 and runtimes/linux-x64/native, licences in Licenses~ and licenses
    Unity: a .meta file for each file and folder that has none, with an id made from its path; one that belongs to nothing is left out
    NuGet: target/csharp/*.dll and *.xml in lib/netstandard2.0; where no dll is there, nothing is packed
"""

import concurrent.futures
import glob
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIST = os.path.join(ROOT, "target", "dist")
UNITY = os.path.join(ROOT, "bindings", "csharp", "unity")
NUGET = os.path.join(ROOT, "bindings", "csharp", "nuget")
# zip cannot say an earlier one.
TIME = int(os.environ.get("SOURCE_DATE_EPOCH", 315532800))


def main():
    version = re.search(r'^version = "(.*)"$', read(os.path.join(ROOT, "Cargo.toml")).decode(), re.M)[1]
    os.makedirs(DIST, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DIST, prefix=".") as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        whole, bare = os.path.join(scratch, "whole"), os.path.join(scratch, "bare")
        install(whole, bundled=1)
        install(bare, bundled=0)
        name = f"glyxel-{version}-linux-x86_64"
        work = [
            (tar, f"{name}.tar.gz", tree(whole, name)),
            (tar, f"{name}-no-libtorch.tar.gz", tree(bare, f"{name}-no-libtorch")),
        ]
        if os.path.exists(os.path.join(UNITY, "package.json")):
            package = json.loads(read(os.path.join(UNITY, "package.json")))
            work.append((tar, f"{package['name']}-{package['version']}.tgz", unity(whole)))
        else:
            print("dist: no Unity package: bindings/csharp/unity/package.json is not there", file=sys.stderr)
        specs = glob.glob(os.path.join(NUGET, "*.nuspec"))
        assemblies = [path for kind in ("dll", "xml") for path in glob.glob(os.path.join(ROOT, "target", "csharp", f"*.{kind}"))]
        if specs and assemblies:
            identity = read(specs[0]).decode()
            identity = re.search(r"<id>(.*?)</id>", identity)[1] + "." + re.search(r"<version>(.*?)</version>", identity)[1]
            work.append((pack_zip, f"{identity}.nupkg", nuget(whole, os.path.basename(specs[0]), assemblies)))
        else:
            print("dist: no NuGet layout: bindings/csharp/nuget/*.nuspec or target/csharp/*.dll is not there", file=sys.stderr)
        for done in [pool.submit(whole_or_not_at_all, *one) for one in work]:
            path = done.result()
            print(f"{os.path.relpath(path, ROOT)}  {os.path.getsize(path) / 1e6:.0f} MB")


def install(prefix, bundled):
    # Not the links of a libtorch that is somewhere else on this machine.
    subprocess.run([os.path.join(ROOT, "scripts", "package", "install.sh"), prefix, str(bundled)], check=True, stderr=subprocess.DEVNULL if not bundled else None)
    if not bundled:
        shutil.rmtree(os.path.join(prefix, "lib", "glyxel"), ignore_errors=True)
    elif not os.path.isdir(os.path.join(prefix, "share", "licenses", "glyxel", "libtorch")):
        sys.exit("dist: this libtorch comes without its licences; make dist without LIBTORCH, so that PyTorch's own is packed")


def tree(folder, under):
    """All that is in a folder: where in the archive, and a path (a link stays one)."""
    entries = {}
    for at, folders, files in os.walk(folder, followlinks=True):
        for name in files:
            path = os.path.join(at, name)
            entries[os.path.join(under, os.path.relpath(path, folder))] = path
    return entries


def natives(prefix, under):
    """libglyxel.so, named as P/Invoke looks for it, and its libtorch beside it."""
    entries = {f"{under}/libglyxel.so": os.path.join(prefix, "lib", "libglyxel.so.1")}
    for name in os.listdir(os.path.join(prefix, "lib", "glyxel")):
        entries[f"{under}/{name}"] = os.path.join(prefix, "lib", "glyxel", name)
    return entries


def unity(prefix):
    entries = {name: os.path.realpath(path) for name, path in tree(UNITY, "package").items()}
    entries.update(natives(prefix, "package/Plugins/Linux/x86_64"))
    entries.update(tree(os.path.join(prefix, "share", "licenses", "glyxel"), "package/Licenses~"))
    # Unity passes over what ends in ~ or begins with a dot, and wants a .meta of all else in a package that it cannot write to.
    seen = set()
    for name in entries:
        parts = name.split("/")
        if not name.endswith(".meta") and not any(part.endswith("~") or part.startswith(".") for part in parts):
            seen.update("/".join(parts[:depth]) for depth in range(2, len(parts) + 1))
    entries = {name: source for name, source in entries.items() if not name.endswith(".meta") or name[: -len(".meta")] in seen or "~/" in name}
    for name in seen:
        entries.setdefault(f"{name}.meta", meta(name, folder=name not in entries))
    return entries


def meta(name, folder):
    identity = hashlib.md5(f"com.glyxel {name}".encode()).hexdigest()
    lines = ["fileFormatVersion: 2", f"guid: {identity}"]
    if folder:
        lines += ["folderAsset: yes", "DefaultImporter:", "  externalObjects: {}"]
    elif name.endswith(".so"):
        lines += [
            "PluginImporter:", "  serializedVersion: 2", "  isPreloaded: 0", "  isOverridable: 0", "  isExplicitlyReferenced: 0", "  validateReferences: 1",
            "  platformData:",
            "  - first:", "      Any: ", "    second:", "      enabled: 0", "      settings: {}",
            "  - first:", "      Editor: Editor", "    second:", "      enabled: 1", "      settings:", "        CPU: x86_64", "        OS: Linux",
            "  - first:", "      Standalone: Linux64", "    second:", "      enabled: 1", "      settings:", "        CPU: x86_64",
        ]
    elif name.endswith(".cs"):
        lines += ["MonoImporter:", "  serializedVersion: 2", "  defaultReferences: []", "  executionOrder: 0", "  icon: {instanceID: 0}"]
    elif name.endswith(".asmdef"):
        lines += ["AssemblyDefinitionImporter:", "  externalObjects: {}"]
    else:
        lines += ["DefaultImporter:", "  externalObjects: {}"]
    return "\n".join([*lines, "  userData: ", "  assetBundleName: ", "  assetBundleVariant: "]).encode() + b"\n"


def nuget(prefix, spec, assemblies):
    entries = {name[2:]: os.path.realpath(path) for name, path in tree(NUGET, "./").items()}
    entries.update(natives(prefix, "runtimes/linux-x64/native"))
    entries.update(tree(os.path.join(prefix, "share", "licenses", "glyxel"), "licenses"))
    entries.update({f"lib/netstandard2.0/{os.path.basename(path)}": path for path in assemblies})
    entries["_rels/.rels"] = (
        '<?xml version="1.0" encoding="utf-8"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/{spec}" Id="manifest" /></Relationships>\n'
    ).encode()
    extensions = sorted({name.rsplit(".", 1)[-1] for name in entries if "." in os.path.basename(name)} - {"rels"})
    plain = sorted(name for name in entries if "." not in os.path.basename(name))
    entries["[Content_Types].xml"] = (
        '<?xml version="1.0" encoding="utf-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />'
        + "".join(f'<Default Extension="{extension}" ContentType="application/octet" />' for extension in extensions)
        + "".join(f'<Override PartName="/{name}" ContentType="application/octet" />' for name in plain)
        + "</Types>\n"
    ).encode()
    return entries


def whole_or_not_at_all(pack, name, entries):
    path = os.path.join(DIST, name)
    pack(path + ".partial", entries)
    os.replace(path + ".partial", path)
    return path


def tar(path, entries):
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(entries):
            entry = tarfile.TarInfo(name)
            entry.mtime = TIME
            source = entries[name]
            if isinstance(source, str) and os.path.islink(source):
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, os.readlink(source), 0o777
                archive.addfile(entry)
                continue
            with content(source) as data:
                entry.size = data.seek(0, io.SEEK_END)
                data.seek(0)
                entry.mode = mode(name)
                archive.addfile(entry, data)


def pack_zip(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, time.gmtime(TIME)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode(name)) << 16
            entry.create_system = 3
            with content(entries[name]) as data, archive.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(data, packed, 1 << 20)


def mode(name):
    return 0o755 if re.search(r"\.so(\.\d+)?$", name) else 0o644


def content(source):
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


def read(path):
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    main()
