"""WordSim-353: how well similarities of word pairs follow human ratings; glyxel beside sentence-transformers.

    python tests/python/wordsim.py --lib target/release/libglyxel.so --data target/data/wordsim353.tsv FOLDER …

Prints Spearman's rank correlation for each model folder, by both, and exits non-zero where they differ by 1e-4 or more.
The data is Finkelstein et al., "Placing Search in Context: The Concept Revisited", 2002.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from glyxel import Glyxel
from parity import elsewhere, has_bf16, reference

PAIRS = 353


def read(path):
    rows = [line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    if len(rows) != PAIRS:
        raise SystemExit(f"{path} has {len(rows)} pairs, not {PAIRS}")
    return [row[0] for row in rows], [row[1] for row in rows], np.array([float(row[2]) for row in rows])


def ranks(values):
    """1, 2, 3 … in rising order; equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(a, b):
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def correlation(vectors, human):
    first, second = np.split(vectors.astype(np.float64), 2)
    cosines = (first * second).sum(1) / (np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1))
    return spearman(cosines, human)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--data", required=True, help="wordsim353.tsv")
    parser.add_argument("models", nargs="+", help="folders of checkpoints")
    arguments = parser.parse_args()
    first, second, human = read(arguments.data)
    library, failed = Glyxel(arguments.lib), False
    print(f"{'Spearman on WordSim-353':34}{'glyxel f32':>12}{'glyxel bf16':>12}{'sentence-transformers':>24}")
    for folder in arguments.models:
        expected = correlation(elsewhere(reference, folder, first + second)[0], human)
        got = {}
        for precision in ("f32", "bf16") if has_bf16() else ("f32",):
            with library.load(folder, precision=precision) as model:
                got[precision] = correlation(model.embed(first + second), human)
        failed |= abs(got["f32"] - expected) >= 1e-4
        bf16 = f"{got['bf16']:.4f}" if "bf16" in got else "-"
        print(f"{Path(folder).name:34}{got['f32']:12.4f}{bf16:>12}{expected:24.4f}", flush=True)
    sys.exit("the figures differ" if failed else 0)


if __name__ == "__main__":
    main()
