#!/usr/bin/env python3
"""The Go module as others get it: packed as a proxy serves it, fetched with `go get` into a module of its own, built without a flag
against the installed library that PKG_CONFIG_PATH names, and run with an empty environment.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRATCH = os.path.join(ROOT, "target", "go", "module")
MODULE = "github.com/glyxel/glyxel/bindings/go"
MINILM = os.path.join(ROOT, "target", "models", "all-MiniLM-L6-v2")


def main():
    with open(os.path.join(ROOT, "Cargo.toml"), encoding="utf-8") as file:
        version = "v" + re.search(r'^version = "(.*)"', file.read(), re.M)[1]
    # Go makes its caches read-only.
    if os.path.exists(SCRATCH):
        for folder, _, _ in os.walk(SCRATCH):
            os.chmod(folder, 0o755)
        shutil.rmtree(SCRATCH)
    proxy = pack(version)

    program = os.path.join(SCRATCH, "program")
    os.makedirs(program)
    # The README's first example, with the model that is here.
    with open(os.path.join(ROOT, "bindings", "go", "README.md"), encoding="utf-8") as file:
        source = re.search(r"```go\n(package main\n.*?)```", file.read(), re.S)[1]
    with open(os.path.join(program, "main.go"), "w", encoding="utf-8") as file:
        file.write(source.replace("sentence-transformers/all-MiniLM-L6-v2", MINILM))

    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PKG_CONFIG_PATH") if name in os.environ}
    # A module that is in no public log of checksums yet.
    environment |= {"GOPROXY": f"file://{proxy}", "GONOSUMDB": MODULE, "GOMODCACHE": os.path.join(SCRATCH, "cache"), "GOTOOLCHAIN": "local"}

    def go(*arguments):
        subprocess.run(["go", *arguments], cwd=program, env=environment, check=True)

    go("mod", "init", "example.com/program")
    go("get", f"{MODULE}@{version}")
    go("build", "-o", "program", ".")
    got = os.listdir(os.path.join(SCRATCH, "cache", *MODULE.split("/")[:-1], f"go@{version}"))
    if "LICENSE" not in got or [name for name in got if name.endswith(".h")]:
        sys.exit(f"the module has {' '.join(sorted(got))}: it needs LICENSE, and no copy of the header")
    home = {"HOME": os.path.join(SCRATCH, "home"), "OMP_WAIT_POLICY": "passive"}
    said = subprocess.run([os.path.join(program, "program")], cwd="/", env=home, check=True, capture_output=True, text=True).stdout
    if said != "0.582\n":
        sys.exit(f"the program says {said!r}, not 0.582")


def pack(version):
    """A folder as GOPROXY takes it. As go itself does it, the repository's licence goes into a module in a subfolder."""
    proxy = os.path.join(SCRATCH, "proxy")
    folder = os.path.join(proxy, *MODULE.split("/"), "@v")
    os.makedirs(folder)
    source = os.path.join(ROOT, "bindings", "go")
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=source, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(os.path.join(folder, f"{version}.zip"), "w", zipfile.ZIP_DEFLATED) as packed:
        for name in listed.stdout.splitlines():
            packed.write(os.path.join(source, name), f"{MODULE}@{version}/{name}")
        packed.write(os.path.join(ROOT, "LICENSE"), f"{MODULE}@{version}/LICENSE")
    shutil.copy(os.path.join(source, "go.mod"), os.path.join(folder, f"{version}.mod"))
    for name, text in (("list", version + "\n"), (f"{version}.info", f'{{"Version":"{version}"}}')):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return proxy


if __name__ == "__main__":
    main()
