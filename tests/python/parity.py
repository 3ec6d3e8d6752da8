"""Full-size models against transformers and sentence-transformers; exits non-zero if a limit is passed.

    python tests/python/parity.py --lib target/release/libglyxel.so --minilm FOLDER --mpnet FOLDER --reviews FILE
                                  [--only NAME] [--markdown FILE]

The references run in processes of their own, so that their libtorch and the library's never meet.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from glyxel import Glyxel
from parity_checks import Table, elsewhere, has_bf16, worst_cosine
from parity_models import LONGEST, SHAPES, join_reviews, random_model, reference

SENTENCES = Path(__file__).resolve().parent.parent / "fixtures" / "minilm" / "sentences.json"


# ---- checks ----------------------------------------------------------------------------------------------------------


def for_bf16(count):
    """Which of so many texts are compared in bf16: four of them where it is slow."""
    return list(range(count) if has_bf16() else range(0, count, max(1, count // 4)))


def alone(model, texts):
    return np.concatenate([model.embed([t]) for t in texts])


def check_real(table, library, name, folder, reviews, count, cache):
    sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))
    texts = elsewhere(join_reviews, folder, reviews, count, 24, 256) + sentences
    expected, counts = elsewhere(reference, folder, texts)
    some = list(range(0, count, 10)) + list(range(count, len(texts)))
    with library.load(folder, cache_dir=cache) as model:
        wrong = sum(a != b for a, b in zip(model.count_tokens(texts), counts, strict=True))
        table.add(f"{name}: token counts that differ, {len(texts)} texts", str(wrong), "0", wrong == 0)
        vectors = model.embed(texts)
        table.at_most(f"{name} f32: difference in one value, {len(texts)} texts", np.abs(vectors - expected).max(), 1e-5)
        same = worst_cosine(alone(model, [texts[i] for i in some]), vectors[some])
        table.cosine(f"{name} f32: cosine, {len(some)} texts alone or together", same, 0.999999)
    with library.load(folder, cache_dir=cache, precision="bf16") as model:
        few = for_bf16(len(texts))
        chosen = [texts[i] for i in few]
        vectors = model.embed(chosen)
        # Some texts lose more in any bf16: then no more than torch's own loses on them, and a little.
        torch_own = worst_cosine(elsewhere(reference, folder, chosen, "bfloat16")[0], expected[few])
        limit = min(0.9995, torch_own - 2e-4)
        table.cosine(f"{name} bf16: cosine with f32, {len(few)} texts (torch's own {torch_own:.5f})", worst_cosine(vectors, expected[few]), limit)
        table.cosine(f"{name} bf16: cosine, {len(few)} texts alone or together", worst_cosine(alone(model, chosen), vectors), 0.9998)


def check_random(table, library, name, tokenizer_from, texts, work):
    folder = work / "model"
    elsewhere(random_model, folder, tokenizer_from, name)
    expected, _ = elsewhere(reference, folder, texts)
    limit = 1e-5 * max(1.0, float(np.abs(expected).max()))
    with library.load(folder, cache_dir=work / "cache") as model:
        difference = np.abs(model.embed(texts) - expected).max()
        table.at_most(f"{name} f32: difference in one value, {len(texts)} texts", difference, limit)
    with library.load(folder, cache_dir=work / "cache", precision="bf16") as model:
        few = for_bf16(len(texts))
        table.cosine(f"{name} bf16: cosine with f32, {len(few)} texts", worst_cosine(model.embed([texts[i] for i in few]), expected[few]), 0.9995)
    shutil.rmtree(folder)
    shutil.rmtree(work / "cache")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--mpnet", help="the folder of all-mpnet-base-v2")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--markdown", help="write the table to this file too")
    parser.add_argument("--only", choices=["minilm", "mpnet", *SHAPES], action="append", help="check just this model (repeatable)")
    arguments = parser.parse_args()
    real = {"minilm": ("all-MiniLM-L6-v2", arguments.minilm, 1000)}
    if arguments.mpnet:
        real["mpnet"] = ("all-mpnet-base-v2", arguments.mpnet, 200)
    only = arguments.only or [*real, *SHAPES]

    reviews = Path(arguments.reviews).read_text(encoding="utf-8").splitlines()
    library, table = Glyxel(arguments.lib), Table()
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as folder:
        work = Path(folder)
        for key, (name, source, count) in real.items():
            if key in only:
                check_real(table, library, name, source, reviews, count, work / "cache")
        short = elsewhere(join_reviews, arguments.minilm, reviews, 48, 4, 128)
        long = [*elsewhere(join_reviews, arguments.minilm, reviews, 8, 130, 400), *elsewhere(join_reviews, arguments.minilm, reviews, 1, 1000, 1000)]
        for name in SHAPES:
            if name in only:
                check_random(table, library, name, arguments.minilm, short + long if name in LONGEST else short, work)
    if arguments.markdown:
        Path(arguments.markdown).write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
