"""Vectors of tokens at full size against transformers, and MaxSim against NumPy; exits non-zero if a limit is passed.

    python tests/python/parity_tokens.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE [--markdown FILE]
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from glyxel import Glyxel
from parity_checks import Table, elsewhere
from parity_models import join_reviews, random_model

RANDOM = ["deberta-v3-base", "modernbert-base", "albert-base-v2"]
DOCUMENTS, QUERIES, DIM = 20_000, 50, 128


def states(folder, texts):
    """All hidden states, by transformers: for each text (states, tokens, hidden size)."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        of = lambda text: model(**tokenizer(text, truncation=True, max_length=256, return_tensors="pt"), output_hidden_states=True).hidden_states
        return [torch.cat(of(text)).numpy() for text in texts]


def check_states(table, library, name, folder, texts, cache):
    expected = elsewhere(states, folder, texts)
    layers = len(expected[0]) - 1
    with library.load(folder, cache_dir=cache, max_length=256) as model:
        if model.info["text"]["layers"] != layers:
            table.add(f"{name}: layers", str(model.info["text"]["layers"]), str(layers), False)
            return
        worst = 0
        for state in range(layers + 1):
            found = model.embed_tokens(texts, state - layers - 1)
            limit = max(1, max(float(np.abs(one[state]).max()) for one in expected))
            worst = max(worst, max(float(np.abs(a - one[state]).max()) for a, one in zip(found, expected, strict=True)) / limit)
        table.at_most(f"{name}: {layers + 1} hidden states, {len(texts)} texts", worst, 1e-5)


def scores(queries, documents):
    """Late interaction in f64, rounded to f32."""
    lengths = np.array([len(one) for one in documents])
    starts, whole = np.concatenate([[0], np.cumsum(lengths)[:-1]]), np.concatenate(documents).astype(np.float64)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    of = lambda query: np.maximum.reduceat(query @ whole.T, starts, axis=1).sum(0)
    return np.stack([of(q.astype(np.float64) / np.linalg.norm(q.astype(np.float64), axis=1, keepdims=True)) for q in queries]).astype(np.float32)


def check_max_sim(table, library, queries, documents, name, nearest=10):
    expected = scores(queries, documents)
    for k in (nearest, len(documents)):
        index, score = library.max_sim(queries, documents, k)
        best = np.argsort(-expected, axis=1, kind="stable")[:, :k]
        # The two sums in f64 may be rounded to neighbouring numbers of f32, and then stand in another order.
        at = np.take_along_axis(expected, index.astype(np.int64), axis=1)
        off = np.abs(score - at) / np.spacing(np.abs(at))
        table.at_most(f"MaxSim {name}, best {k}: last bits of scores", float(off.max()), 1)
        table.at_most(f"MaxSim {name}, best {k}: those of the k best", float((np.abs(np.take_along_axis(expected, best, axis=1) - at) / np.spacing(np.abs(at))).max()), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--reviews", required=True, type=Path, help="one film review a line")
    parser.add_argument("--markdown", type=Path, help="write the table to this file too")
    arguments = parser.parse_args()

    reviews = arguments.reviews.read_text(encoding="utf-8").splitlines()
    library, table = Glyxel(arguments.lib), Table()
    texts = elsewhere(join_reviews, arguments.minilm, reviews, 24, 4, 250)
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as folder:
        work = Path(folder)
        check_states(table, library, "all-MiniLM-L6-v2", arguments.minilm, texts, work / "cache")
        for name in RANDOM:
            elsewhere(random_model, work / name, arguments.minilm, name)
            check_states(table, library, name, work / name, texts, work / "cache")
        with library.load(arguments.minilm, cache_dir=work / "cache") as model:
            documents = model.embed_tokens(reviews[:2000])
        check_max_sim(table, library, documents[:20], documents, "reviews")
    rng = np.random.default_rng(5)
    made = lambda n, most: [rng.standard_normal((int(count), DIM)).astype(np.float32) for count in rng.integers(1, most, n)]
    check_max_sim(table, library, made(QUERIES, 33), made(DOCUMENTS, 60), f"{DOCUMENTS:,} documents")
    if arguments.markdown:
        arguments.markdown.write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
