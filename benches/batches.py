"""What a careful program around ONNX Runtime or OpenVINO does: the `tokenizers` library's fast encoding of all texts at once, texts sorted
by length, each batch padded to its longest, and as many batches at once as there are runners."""

import queue
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SIZES = [16, 4, 8, 32, 64]
RUNS = ["together", "apart"]


class Batches:
    """`runners(form, shape)` is the subclass's: a queue of functions from a batch's inputs to its vectors, each of which one thread at
    a time may call."""

    def __init__(self, settings):
        from tokenizers import Tokenizer

        self.settings, self.folder, self.threads = settings, Path(settings["model"]), settings["threads"]
        self.tokenizer = Tokenizer.from_file(str(self.folder / "checkpoint" / "tokenizer.json"))
        self.tokenizer.enable_truncation(512)
        self.tokenizer.no_padding()
        self.pool = ThreadPoolExecutor(self.threads)

    def at_once(self, form):
        return self.threads if form["runs"] == "apart" else 1

    def shape(self, form, rows, tokens):
        """A batch's shape, padding included."""
        return rows, tokens

    def encode(self, texts):
        if len(texts) == 1:
            return [self.tokenizer.encode(texts[0]).ids]
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]

    def embed(self, texts, form):
        import numpy as np

        rows = self.encode(texts)
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        size = form["batch"]
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        compute = lambda part: self.compute([rows[i] for i in part], form)
        several = self.at_once(form) > 1 and len(parts) > 1
        done = list(self.pool.map(compute, parts) if several else map(compute, parts))
        vectors = np.empty((len(texts), done[0].shape[1]), np.float32)
        for part, some in zip(parts, done, strict=True):
            vectors[part] = some
        return vectors

    def compute(self, rows, form):
        import numpy as np

        shape = self.shape(form, len(rows), len(rows[0]))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        mask[len(rows) :, 0] = 1  # a row of nothing else than padding has no mean
        runners = self.runners(form, shape)
        run = runners.get()
        try:
            vectors = run({"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros(shape, np.int64)})
            return vectors[: len(rows)]
        finally:
            runners.put(run)


def queue_of(runners):
    filled = queue.LifoQueue()
    for run in runners:
        filled.put(run)
    return filled
