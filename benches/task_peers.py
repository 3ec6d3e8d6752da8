"""What tasks.py measures: for each task one class for each library. To add one, write its class and list it in TASKS.

A peer is made in a process of its own, from the settings that tasks.py passes: lib, threads, precision, and what its task needs
(rows and dim of a random corpus; the folder of a model, and a cache).
    forms       the precisions that it has, and the ways in which it can work in each (forms.py)
    run         the task on its inputs: for queries, the places of the K nearest; for texts, a row of scores for each
    versions    what to name in the results
"""

import os
from pathlib import Path

from library import open_library

K = 10


def vectors(settings, count, seed):
    """Random rows of length 1, the same in every process."""
    import numpy as np

    rows = np.random.default_rng(seed).standard_normal((count, settings["dim"]), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# ---- the nearest -----------------------------------------------------------------------------------------------------


class Nearest:
    """Exact search: rows of length 1, so that the dot product is the cosine."""

    forms = {"f32": {}}

    def __init__(self, settings):
        # Before NumPy is imported: its BLAS reads it once.
        os.environ["OPENBLAS_NUM_THREADS"] = str(settings["threads"])
        self.settings = settings
        self.corpus = vectors(settings, settings["rows"], 1)

    def inputs(self, count):
        return vectors(self.settings, count, 2)


class GlyxelNearest(Nearest):
    name = "glyxel"

    def __init__(self, settings):
        super().__init__(settings)
        self.library = open_library(settings)

    def run(self, queries, form):
        return self.library.top_k(queries, self.corpus, K, "dot")[0]

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


class NumpyNearest(Nearest):
    name = "NumPy"

    def run(self, queries, form):
        import numpy as np

        scores = queries @ self.corpus.T
        some = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
        return np.take_along_axis(some, order, 1)

    def versions(self):
        import numpy

        return {"numpy": numpy.__version__}


class TorchNearest(Nearest):
    name = "torch"

    def __init__(self, settings):
        super().__init__(settings)
        import torch

        torch.set_num_threads(settings["threads"])
        self.torch, self.tensor = torch, torch.from_numpy(self.corpus)

    def run(self, queries, form):
        with self.torch.inference_mode():
            return self.torch.topk(self.torch.from_numpy(queries) @ self.tensor.T, K).indices.numpy()

    def versions(self):
        return {"torch": self.torch.__version__}


# ---- texts to classes ------------------------------------------------------------------------------------------------


class Classify:
    def inputs(self, count):
        return Path(self.settings["texts"]).read_text(encoding="utf-8").splitlines()[:count]


class GlyxelClassify(Classify):
    name = "glyxel"
    forms = {"f32": {}, "bf16": {}}

    def __init__(self, settings):
        self.settings = settings
        self.library = open_library(settings)
        self.model = self.library.load(settings["model"], precision=settings["precision"], cache_dir=settings["cache"])

    def run(self, texts, form):
        return [[score for _, _, score in sorted(row, key=lambda one: one[1])] for row in self.model.classify_texts(texts)]

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


class TransformersClassify(Classify):
    name = "transformers"
    forms = {precision: {"batch": [16, 1, 64]} for precision in ("f32", "bf16")}

    def __init__(self, settings):
        import torch
        import transformers

        torch.set_num_threads(settings["threads"])
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[settings["precision"]]
        self.settings, self.modules = settings, {"transformers": transformers, "torch": torch}
        model = transformers.AutoModelForSequenceClassification.from_pretrained(settings["model"], dtype=dtype)
        tokenizer = transformers.AutoTokenizer.from_pretrained(settings["model"])
        self.pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu", top_k=None)
        self.labels = [label for _, label in sorted(model.config.id2label.items())]

    def run(self, texts, form):
        found = self.pipeline(texts, batch_size=form["batch"], truncation=True)
        return [[score for _, score in sorted((self.labels.index(one["label"]), one["score"]) for one in row)] for row in found]

    def versions(self):
        return {name: module.__version__ for name, module in self.modules.items()}


TASKS = {
    "nearest": {peer.name: peer for peer in (GlyxelNearest, NumpyNearest, TorchNearest)},
    "classify": {peer.name: peer for peer in (GlyxelClassify, TransformersClassify)},
}
