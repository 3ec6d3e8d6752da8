#!/usr/bin/env python3
"""Writes the licences of the Rust crates that are inside libglyxel.so to a file: licenses.py OUT.

They are the crates that cargo links into the library: neither those of the command line nor those that only build or test it. The
texts are those of their packages; a text that several have stands there once.
"""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.I)
# What is not compiled into anything may have licences of its own.
LEFT_OUT = {"tests", "benches", "examples", "fuzz", "testdata", "target", ".git"}

HEAD = """libglyxel.so has these Rust packages in it, and Rust's standard library (MIT OR Apache-2.0, https://www.rust-lang.org). Where a package
may be had under several licences, the choice is yours.

"""


def main():
    out = sys.argv[1]
    texts, lines = {}, []
    for package in linked():
        found = license_texts(package)
        numbers = [texts.setdefault(text, len(texts) + 1) for text in found]
        if numbers:
            where = "text" + ("s " if len(numbers) > 1 else " ") + ", ".join(map(str, numbers))
        elif "Apache-2.0" in (package["license"] or ""):
            # A few packages come without a text; this licence asks for a copy of itself and nothing of the package's own.
            where = "has no text of its own; Apache-2.0 is in LICENSE-APACHE beside this file"
        else:
            sys.exit(f"licenses.py: {package['name']} {package['version']} ({package['license']}) has no licence text in its package: find it, and add it here")
        lines.append(f"{package['name']} {package['version']}: {package['license'] or 'see its text'}; {where}\n")
    body = "".join(f"\n\n=== text {number} ===\n\n{text}\n" for text, number in texts.items())
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out + ".partial", "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(lines) + body)
    os.replace(out + ".partial", out)


def linked():
    """The packages inside the library, sorted."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {node["id"]: [need["pkg"] for need in node["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])] for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, waiting = {root}, [root]
    while waiting:
        for need in needs[waiting.pop()]:
            runs_at_build = any("proc-macro" in target["kind"] for target in packages[need]["targets"])
            if need not in seen and not runs_at_build:
                seen.add(need)
                waiting.append(need)
    return sorted((packages[one] for one in seen - {root}), key=lambda package: (package["name"], package["version"]))


def license_texts(package):
    folder = os.path.dirname(package["manifest_path"])
    found = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for name in sorted(files):
            if TEXT.match(name) and not name.endswith(".rs"):
                with open(os.path.join(at, name), encoding="utf-8", errors="replace") as file:
                    found.append(file.read().strip())
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    main()
