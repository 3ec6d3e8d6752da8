"""Similarity at size against NumPy and sentence-transformers; exits non-zero if a limit is passed.

    python tests/python/parity_similarity.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE [--markdown FILE]

top_k: 100,000 random vectors of 384 values, some of them equal, against NumPy in f64. The rest: the vectors of real sentences (film
reviews) against sentence-transformers, in a process of its own.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from glyxel import CODES, METRICS, Glyxel
from parity_checks import Table, elsewhere

ROWS, DIM, QUERIES, K = 100_000, 384, 200, 100
NEAREST, RESCORED, PAIRS_FROM = 11, 4, 0.7


def scores(queries, corpus, metric):
    """In f64, rounded to f32; larger is nearer. A query at a time, to fit in memory."""
    corpus = corpus.astype(np.float64)
    lengths = np.linalg.norm(corpus, axis=1)
    for query in queries.astype(np.float64):
        if metric == "euclidean":
            yield -np.sqrt(((corpus - query) ** 2).sum(1)).astype(np.float32)
        else:
            yield ((corpus @ query) / (lengths * np.linalg.norm(query) if metric == "cosine" else 1)).astype(np.float32)


def check_top_k(table, library):
    corpus = np.random.default_rng(1).standard_normal((ROWS, DIM), dtype=np.float32)
    # Each tenth row is one of 500, so that some of the nearest come in groups of equals.
    corpus[::10] = corpus[1:5001:10][np.arange(ROWS // 10) % 500]
    queries = np.random.default_rng(2).standard_normal((QUERIES, DIM), dtype=np.float32)
    queries[:50] = corpus[:500:10]
    for metric in METRICS:
        index, found = library.top_k(queries, corpus, K, metric)
        ties, misplaced, worst = 0, 0, 0
        for row, (ours, expected) in enumerate(zip(found, scores(queries, corpus, metric), strict=True)):
            # BLAS sums equal rows in other orders; as f32 that moves a score by its last bit at most, and then a place.
            where = np.argsort(-expected, kind="stable")[:K]
            theirs = np.abs(expected[where]) if metric == "euclidean" else expected[where]
            worst = max(worst, int(np.abs(ours.view(np.int32).astype(np.int64) - theirs.view(np.int32)).max()))
            misplaced += int((index[row] != where).sum())
            ties += int((np.diff(ours) == 0).sum())
        table.add(f"top_k, {metric}: places other than NumPy's, of {QUERIES * K}", str(misplaced), "0", misplaced == 0)
        table.add(f"top_k, {metric}: scores off, in last bits of f32 ({ties} ties)", str(worst), "≤ 1", worst <= 1 and ties > 100)


def theirs(vectors, queries):
    import torch
    from sentence_transformers.util import paraphrase_mining_embeddings, quantize_embeddings

    quantised = {}
    for codes in CODES:
        quantised[codes] = [quantize_embeddings(vectors, codes), quantize_embeddings(queries, codes, calibration_embeddings=vectors[::2])]
    pairs = paraphrase_mining_embeddings(torch.from_numpy(vectors), top_k=1000, max_pairs=10**6)
    return quantised, [pair for pair in pairs if pair[0] >= PAIRS_FROM - 1e-3]


def check_quantized(table, library, vectors, queries, quantised):
    ranges = library.quantize_ranges(vectors[::2])
    exact, _ = library.top_k(queries, vectors, NEAREST)
    for codes in CODES:
        limits = ranges if codes.endswith("int8") else None
        ours = [library.quantize(vectors, codes), library.quantize(queries, codes, limits)]
        wrong = sum(int((a != b).sum()) for a, b in zip(ours, quantised[codes], strict=True))
        alike = all(a.dtype == b.dtype and a.shape == b.shape for a, b in zip(ours, quantised[codes], strict=True))
        table.add(f"{codes}: bytes other than sentence-transformers'", str(wrong), "0", wrong == 0 and alike)
        corpus = library.quantize(vectors, codes, limits)
        for floats in (None, queries):
            index, _ = library.top_k_quantized(ours[1], corpus, vectors.shape[1], codes, NEAREST, floats, RESCORED)
            # How many are found is what the docs tell; the limit only catches what is broken.
            share = np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(index, exact, strict=True)])
            how = "codes alone" if floats is None else f"{RESCORED} times as many rescored"
            table.add(f"{codes}, {how}: share of the exact nearest", f"{share:.3f}", "> 0.4", share > 0.4)


def check_duplicates(table, library, vectors, pairs):
    found = library.duplicates(vectors, PAIRS_FROM)
    expected = {(i, j): score for score, i, j in pairs}
    missing = {pair for pair, score in expected.items() if score >= PAIRS_FROM + 1e-6} - {(i, j) for _, i, j in found}
    odd = len(missing) + sum((i, j) not in expected for _, i, j in found)
    table.add(f"duplicates: pairs that only one finds, of {len(found)}", str(odd), "0", len(found) > 100 and odd == 0)
    table.at_most("duplicates: score", max(abs(score - expected.get((i, j), 0)) for score, i, j in found), 1e-6)
    table.add("duplicates: by score, then by place", *["yes"] * 2, found == sorted(found, key=lambda pair: (-pair[0], *pair[1:])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--reviews", required=True, type=Path, help="one film review a line")
    parser.add_argument("--markdown", type=Path, help="write the table to this file too")
    arguments = parser.parse_args()

    library, table = Glyxel(arguments.lib), Table()
    check_top_k(table, library)
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as cache, library.load(arguments.minilm, cache_dir=cache) as model:
        vectors = model.embed(arguments.reviews.read_text(encoding="utf-8").splitlines())
    queries = vectors[:200]
    quantised, pairs = elsewhere(theirs, vectors, queries)
    check_quantized(table, library, vectors, queries, quantised)
    check_duplicates(table, library, vectors, pairs)
    if arguments.markdown:
        arguments.markdown.write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
