"""What is measured on texts: one class for each library. To add one, write its class and list it in PEERS.

A peer is made in a process of its own, from the settings that bench.py passes: model (a folder of text_models.py), lib, threads,
precision, cache.
    forms       the precisions that it has, and the ways in which it can work in each (forms.py)
    embed       texts to vectors (any sequence of sequences of floats), in the texts' order
    arithmetic  GFLOP/s, of the one that only multiplies
    versions    what to name in the results
"""

from ceiling import Ceiling
from library import load_checkpoint, open_library
from onnx_peer import OnnxRuntime
from openvino_peer import OpenVino


class Glyxel:
    name = "glyxel"
    forms = {"f32": {}, "bf16": {}, "int8": {}}

    def __init__(self, settings):
        self.library = open_library(settings)
        self.model = load_checkpoint(self.library, settings)

    def embed(self, texts, form):
        return self.model.embed(texts)

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


class SentenceTransformers:
    name = "sentence-transformers"
    forms = {precision: {"batch": [32, 16, 64, 128]} for precision in ("f32", "bf16")}

    def __init__(self, settings):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(settings["threads"])
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[settings["precision"]]
        checkpoint = f"{settings['model']}/checkpoint"
        self.model = SentenceTransformer(checkpoint, device="cpu", local_files_only=True, model_kwargs={"dtype": dtype})

    def embed(self, texts, form):
        return self.model.encode(texts, batch_size=form["batch"], show_progress_bar=False)

    def versions(self):
        import sentence_transformers
        import torch
        import transformers

        modules = {"sentence-transformers": sentence_transformers, "transformers": transformers, "torch": torch}
        return {name: module.__version__ for name, module in modules.items()}


PEERS = {peer.name: peer for peer in (Glyxel, SentenceTransformers, OnnxRuntime, OpenVino, Ceiling)}
