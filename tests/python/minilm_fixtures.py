"""Writes tests/fixtures/minilm/expected.f32: what sentence-transformers makes of sentences.json with all-MiniLM-L6-v2.

    python tests/python/minilm_fixtures.py FOLDER      # FOLDER: the unpacked model

expected.f32 is 64 x 384 little-endian floats, one row a sentence, computed in f32 on the CPU one sentence at a time.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "minilm"


def main(folder):
    sentences = json.loads((OUT / "sentences.json").read_text(encoding="utf-8"))
    model = SentenceTransformer(folder, device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
    vectors = model.encode(sentences, batch_size=1, show_progress_bar=False)
    vectors.astype("<f4").tofile(OUT / "expected.f32")
    lengths = [len(model.tokenizer(s)["input_ids"]) for s in sentences]
    print(f"{vectors.shape}, {min(lengths)} to {max(lengths)} tokens, max_seq_length {model.max_seq_length}")


if __name__ == "__main__":
    main(sys.argv[1])
