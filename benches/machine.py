"""What the figures were measured on, and where they are written."""

import json
import os
import platform
import re
import time
from datetime import date
from pathlib import Path

FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]
BUSY = 0.3  # cores; above, OpenMP's spinning threads then wait for each other, and all figures are far too slow


def busy_cores():
    """How many cores other programs keep busy, over a second."""
    def ticks():
        values = [int(v) for v in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(values) - values[3] - values[4]

    before = ticks()
    time.sleep(1)
    return round((ticks() - before) / os.sysconf("SC_CLK_TCK"), 2)


def machine():
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    flags = set((re.search(r"^flags\s*:\s*(.+)$", info, re.M) or [None, ""])[1].split())
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.M)
    family = re.search(r"^cpu family\s*:\s*(\d+)", info, re.M)
    return {
        "cpu": model[1].strip() if model else platform.processor(),
        "family": family[1] if family else "",
        "cores": len(os.sched_getaffinity(0)),
        "flags": [f for f in FLAGS if f in flags],
        "memory_gb": round(int(memory[1]) / 2**20) if memory else None,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "busy_cores": busy_cores(),
    }


def heading(about, threads, versions):
    """How a report begins."""
    build = versions.pop("build", None)
    named = [f"{name} {version}" for name, version in versions.items() if not (build and name == "glyxel")]
    return [
        f"# {about['cpu']}, {date.today()}",
        "",
        f"{about['cores']} cores, {about['memory_gb']} GB, {', '.join(about['flags'])}; Linux {about['kernel']}; {threads} threads each.",
        "; ".join(([build] if build else []) + named) + ".",
        *([f"**The machine was busy ({about['busy_cores']} cores): do not quote these figures.**"] if about["busy_cores"] > BUSY else []),
    ]


def write(folder, suffix, about, text, record):
    """The report, and beside it all figures as JSON; returns their path without its ending."""
    slug = re.sub(r"[^a-z0-9]+", "-", about["cpu"].lower()).strip("-")
    path = Path(folder) / f"{date.today()}-{slug}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.md").write_text(text, encoding="utf-8")
    Path(f"{path}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path
