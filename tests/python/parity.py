"""Full-size models against transformers and sentence-transformers; exits non-zero if a limit is passed.

    python tests/python/parity.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE [--markdown FILE]

The references run in processes of their own, so that their libtorch and the library's never meet.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from glyxel import Glyxel

SENTENCES = Path(__file__).resolve().parent.parent / "fixtures" / "minilm" / "sentences.json"
SHAPES = {
    "bert-base": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    "bert-large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
}


# ---- references, each called in a process of its own -----------------------------------------------------------------


def elsewhere(function, *arguments):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def join_reviews(folder, reviews, count, shortest, longest):
    """Consecutive reviews joined up to a token count that varies from text to text."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    lengths = [len(ids) - 2 for ids in tokenizer(reviews)["input_ids"]]
    limits = np.random.default_rng(1).integers(shortest, longest + 1, count)
    texts, i = [], 0
    for limit in limits:
        parts, total = [], 2
        while i < len(reviews) and (not parts or total + lengths[i] <= limit):
            parts.append(reviews[i])
            total += lengths[i]
            i += 1
        texts.append(" ".join(parts))
    if not texts[-1]:
        raise SystemExit(f"{len(reviews)} reviews are too few for {count} texts of {shortest} to {longest} tokens")
    return texts


def reference(folder, texts):
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
    vectors = model.encode(texts, batch_size=16, show_progress_bar=False)
    counts = [len(model.tokenizer(t, truncation=False)["input_ids"]) for t in texts]
    return vectors, counts


def random_bert(folder, tokenizer_from, shape):
    """A BERT of full size with random weights; biases and norms too, so that a swapped one shows."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(7)
    model = BertModel(BertConfig(vocab_size=30522, **shape))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "LayerNorm" in name or name.endswith("bias"):
                value.add_(torch.randn_like(value) * 0.1)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_from).save_pretrained(folder)


# ---- checks ----------------------------------------------------------------------------------------------------------


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


def alone(model, texts):
    return np.concatenate([model.embed([t]) for t in texts])


def check_minilm(table, library, folder, reviews, cache):
    sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))
    texts = elsewhere(join_reviews, folder, reviews, 1000, 24, 256) + sentences
    expected, counts = elsewhere(reference, folder, texts)
    some = list(range(0, 1000, 10)) + list(range(1000, len(texts)))
    name = "all-MiniLM-L6-v2"
    with library.load(folder, cache_dir=cache) as model:
        wrong = sum(a != b for a, b in zip(model.count_tokens(texts), counts, strict=True))
        table.add(f"{name}: token counts that differ, {len(texts)} texts", str(wrong), "0", wrong == 0)
        vectors = model.embed(texts)
        table.at_most(f"{name} f32: difference in one value, {len(texts)} texts", np.abs(vectors - expected).max(), 1e-5)
        same = worst_cosine(alone(model, [texts[i] for i in some]), vectors[some])
        table.cosine(f"{name} f32: cosine, {len(some)} texts alone or together", same, 0.999999)
    with library.load(folder, cache_dir=cache, precision="bf16") as model:
        vectors = model.embed(texts)
        table.cosine(f"{name} bf16: cosine with f32, {len(texts)} texts", worst_cosine(vectors, expected), 0.9995)
        same = worst_cosine(alone(model, [texts[i] for i in some]), vectors[some])
        table.cosine(f"{name} bf16: cosine, {len(some)} texts alone or together", same, 0.9998)


def check_random(table, library, name, tokenizer_from, texts, work):
    folder = work / name
    elsewhere(random_bert, folder, tokenizer_from, SHAPES[name])
    expected, _ = elsewhere(reference, folder, texts)
    limit = 1e-5 * max(1.0, float(np.abs(expected).max()))
    with library.load(folder, cache_dir=work / "cache") as model:
        difference = np.abs(model.embed(texts) - expected).max()
        table.at_most(f"{name} f32: difference in one value, {len(texts)} texts", difference, limit)
    with library.load(folder, cache_dir=work / "cache", precision="bf16") as model:
        table.cosine(f"{name} bf16: cosine with f32, {len(texts)} texts", worst_cosine(model.embed(texts), expected), 0.9995)
    shutil.rmtree(folder)
    shutil.rmtree(work / "cache")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--markdown", help="write the table to this file too")
    parser.add_argument("--only", choices=["minilm", *SHAPES], action="append", help="check just this model (repeatable)")
    arguments = parser.parse_args()
    only = arguments.only or ["minilm", *SHAPES]

    reviews = Path(arguments.reviews).read_text(encoding="utf-8").splitlines()
    library, table = Glyxel(arguments.lib), Table()
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as folder:
        work = Path(folder)
        if "minilm" in only:
            check_minilm(table, library, arguments.minilm, reviews, work / "cache")
        for name in SHAPES:
            if name in only:
                texts = elsewhere(join_reviews, arguments.minilm, reviews, 48, 4, 128)
                check_random(table, library, name, arguments.minilm, texts, work)
    if arguments.markdown:
        Path(arguments.markdown).write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
