"""What parity.py and parity_images.py share: processes for the references, limits, tables."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np


def elsewhere(function, *arguments):
    """In a process of its own, so that the references' libtorch and the library's never meet."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


class Table:
    def __init__(self):
        self.rows, self.failed = [], 0

    def add(self, what, value, limit, ok):
        self.failed += not ok
        self.rows.append((what, value, limit, "ok" if ok else "FAILED"))
        print("  ".join((f"{what:58}", f"{value:>12}", f"{limit:>12}", self.rows[-1][-1])), flush=True)

    def at_most(self, what, value, limit):
        self.add(what, f"{value:.2e}", f"≤ {limit:.1e}", bool(value <= limit))

    def cosine(self, what, value, limit):
        self.add(what, f"{value:.9f}", f"≥ {limit}", bool(value >= limit))

    def markdown(self):
        lines = ["| what | worst | limit | |", "| --- | --- | --- | --- |"]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows]) + "\n"


def worst_cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(((a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))).min())


def has_bf16():
    """Without such instructions a product in bf16 takes a hundred times as long as in f32."""
    return any(flag in Path("/proc/cpuinfo").read_text() for flag in ("avx512_bf16", "amx_bf16", "avx512bw"))
