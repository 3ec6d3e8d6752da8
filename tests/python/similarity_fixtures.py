"""Makes tests/fixtures/similarity/expected.safetensors: what NumPy and sentence-transformers find among a few vectors.

    python tests/python/similarity_fixtures.py
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sentence_transformers.util import paraphrase_mining_embeddings, quantize_embeddings

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "similarity"
ROWS, QUERIES, DIM, K = 260, 12, 27, 9


def vectors():
    """With equal rows, rows of zeros, opposite rows, and rows so long and so short that f32 cannot hold their products."""
    made = np.random.default_rng(7).standard_normal((ROWS, DIM)).astype(np.float32)
    made[40] = made[217] = made[3]
    made[100] = made[200] = 0
    made[50] = -made[4]
    made[60], made[61] = made[5] * np.float32(1e25), made[6] * np.float32(1e-25)
    made[70], made[71] = made[7] * np.float32(2), made[8] + np.float32(1e-3)
    return made


def queries(corpus):
    made = np.random.default_rng(8).standard_normal((QUERIES, DIM)).astype(np.float32)
    made[0], made[1], made[2] = corpus[3], 0, corpus[5] * np.float32(1e25)
    made[3] = corpus[4]
    return made


def scores(queries, corpus, metric):
    """In f64, rounded to f32; larger is nearer."""
    q, c = queries.astype(np.float64), corpus.astype(np.float64)
    if metric == "euclidean":
        exact = -np.sqrt(((q[:, None] - c[None]) ** 2).sum(-1))
    else:
        exact = q @ c.T
    if metric == "cosine":
        lengths = np.linalg.norm(q, axis=1)[:, None] * np.linalg.norm(c, axis=1)
        exact = np.divide(exact, lengths, out=np.zeros_like(exact), where=lengths > 0)
    with np.errstate(over="ignore"):
        return exact.astype(np.float32)


def top_k(scores, k):
    """The highest first, of equal ones the lower index."""
    index = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(scores, index, axis=1)


def hamming(queries, corpus):
    return np.unpackbits(queries[:, None] ^ corpus[None], axis=-1).sum(-1).astype(np.int64)


def rescored(index, queries, values, k):
    """As semantic_search_faiss and semantic_search_usearch do it."""
    again = np.einsum("ij,ikj->ik", queries, values[index].astype(int)).astype(np.float32)
    found = [sorted(zip(-row, where, strict=True))[:k] for row, where in zip(again, index, strict=True)]
    return np.array([[i for _, i in row] for row in found]), -np.array([[s for s, _ in row] for row in found], np.float32)


def main():
    corpus = vectors()
    asked = queries(corpus)
    out = {"corpus": corpus, "queries": asked}
    for metric in ("cosine", "dot", "euclidean"):
        index, score = top_k(scores(asked, corpus, metric), K)
        out[f"{metric}.index"], out[f"{metric}.score"] = index.astype(np.int64), np.abs(score) if metric == "euclidean" else score

    # Quantised: rows of a usual length, and other ones for the ranges.
    plain, others = np.delete(corpus, [60, 61], axis=0), np.random.default_rng(9).standard_normal((50, DIM)).astype(np.float32)
    plain[:, 5], others[:, 6] = 0.25, -1
    few = np.random.default_rng(10).standard_normal((QUERIES, DIM)).astype(np.float32)
    ranges = np.vstack((others.min(axis=0), others.max(axis=0)))
    out |= {"plain": plain, "few": few, "ranges": ranges}
    for codes in ("int8", "uint8", "binary", "ubinary"):
        out[f"{codes}.own"] = quantize_embeddings(plain, codes)
        rows, asked = quantize_embeddings(plain, codes, ranges=ranges), quantize_embeddings(few, codes, calibration_embeddings=others)
        out[f"{codes}.rows"] = rows
        if codes.endswith("int8"):
            values, exact = rows, asked.astype(np.int64) @ rows.astype(np.int64).T
        else:
            turned = np.uint8(0 if codes == "ubinary" else 0x80)
            values, exact = np.unpackbits(rows.view(np.uint8) ^ turned, axis=-1)[:, :DIM], -hamming(asked.view(np.uint8), rows.view(np.uint8))
        index, score = top_k(exact, K)
        out[f"{codes}.index"] = index.astype(np.int64)
        out[f"{codes}.score"] = (np.abs(score) if "binary" in codes else score).astype(np.float32)
        again = rescored(top_k(exact, 2 * K)[0], few, values, K)
        out[f"{codes}.rescored.index"], out[f"{codes}.rescored.score"] = again[0].astype(np.int64), again[1]
    out = {name: value.view(np.uint8) if value.dtype == np.int8 else value for name, value in out.items()}

    pairs = [pair for pair in paraphrase_mining_embeddings(torch.from_numpy(plain), top_k=len(plain), max_pairs=10**6) if pair[0] >= 0.45]
    out["pairs.places"] = np.array([pair[1:] for pair in pairs], np.int64)
    out["pairs.scores"] = np.array([pair[0] for pair in pairs], np.float32)
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(value) for name, value in out.items()}, FOLDER / "expected.safetensors")
    print(f"{len(pairs)} pairs, {len(out)} arrays")


if __name__ == "__main__":
    main()
