"""How much of what the vectors of one precision find is found by those of another. A process of its own, since it needs NumPy:

    quality.py texts REVIEWS WORDSIM OUT                   OUT: all texts whose vectors are asked for, as JSON
    quality.py figures WORDSIM EXPECTED.npy GOT.npy OUT    OUT: {"spearman", "neighbours", "same-nearest": share}

spearman: the rank correlation with people's judgements of WordSim-353's pairs, as a share of the expected one. neighbours: of the first
2,000 reviews, how near the nearest that GOT finds is, by EXPECTED's cosines, as a share of how near the nearest is, in the mean.
same-nearest: the share of reviews whose nearest is the same one; many have several that are almost as near.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))

import numpy as np
from wordsim import correlation, read

REVIEWS = 2000


def texts(reviews, wordsim, out):
    first, second, _ = read(wordsim)
    lines = Path(reviews).read_text(encoding="utf-8").splitlines()[:REVIEWS]
    Path(out).write_text(json.dumps(first + second + lines), encoding="utf-8")


def cosines(vectors):
    """Of all with all; a review is no neighbour of itself."""
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = rows @ rows.T
    np.fill_diagonal(found, -1)
    return found


def figures(wordsim, expected, got, out):
    first, second, human = read(wordsim)
    expected, got = np.load(expected), np.load(got)
    pairs = len(first) + len(second)
    true, found = cosines(expected[pairs:]), cosines(got[pairs:])
    nearest, instead = true.argmax(1), found.argmax(1)
    every = np.arange(len(true))
    Path(out).write_text(json.dumps({
        "spearman": correlation(got[:pairs], human) / correlation(expected[:pairs], human),
        "neighbours": float(np.mean(true[every, instead]) / np.mean(true[every, nearest])),
        "same-nearest": float(np.mean(nearest == instead)),
    }), encoding="utf-8")


if __name__ == "__main__":
    {"texts": texts, "figures": figures}[sys.argv[1]](*sys.argv[2:])
