"""What is measured: one class for each library. To add one, write its class and list it in PEERS.

A peer is made in a process of its own, from the settings that bench.py passes: model (folder), lib, threads, precision, cache.
    precisions    which it is measured in
    batches       batch sizes to try; the fastest is used. [None]: it chooses by itself
    embed         texts to vectors (any sequence of sequences of floats), in the texts' order
    versions      what to name in the results
"""

import sys
from pathlib import Path


class Glyxel:
    name = "glyxel"
    precisions = ["f32", "bf16"]
    batches = [None]

    def __init__(self, settings):
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))
        import glyxel

        self.library = glyxel.Glyxel(settings["lib"], threads=settings["threads"])
        self.model = self.library.load(settings["model"], precision=settings["precision"], cache_dir=settings["cache"])

    def embed(self, texts, batch):
        return self.model.embed(texts)

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


class SentenceTransformers:
    name = "sentence-transformers"
    precisions = ["f32", "bf16"]
    batches = [16, 32, 64, 128]

    def __init__(self, settings):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(settings["threads"])
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[settings["precision"]]
        self.model = SentenceTransformer(settings["model"], device="cpu", local_files_only=True, model_kwargs={"dtype": dtype})

    def embed(self, texts, batch):
        return self.model.encode(texts, batch_size=batch, show_progress_bar=False)

    def versions(self):
        import sentence_transformers
        import torch
        import transformers

        modules = {"sentence-transformers": sentence_transformers, "transformers": transformers, "torch": torch}
        return {name: module.__version__ for name, module in modules.items()}


PEERS = {peer.name: peer for peer in (Glyxel, SentenceTransformers)}
