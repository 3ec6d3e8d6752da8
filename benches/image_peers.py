"""What images.py measures: one class for each library. To add one, write its class and list it in PEERS.

A peer is made in a process of its own, from the settings that images.py passes: model (a folder of image_models.py), lib, threads,
precision, cache.
    forms       the precisions that it has, and the ways in which it can work in each (forms.py)
    embed       files' bytes to vectors, in their order
    versions    what to name in the results
"""

import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from library import load_checkpoint, open_library

SIZES = [8, 1, 4, 16]


class Glyxel:
    name = "glyxel"
    forms = {"f32": {}, "bf16": {}, "int8": {}}

    def __init__(self, settings):
        self.library = open_library(settings)
        self.model = load_checkpoint(self.library, settings)

    def embed(self, files, form):
        return self.model.embed_images(files)

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


class PythonPeer:
    """Pillow and timm's transform, in as many threads as the model then computes with; a batch is read, then computed."""

    def __init__(self, settings):
        import torch
        from timm.data import create_transform

        torch.set_num_threads(settings["threads"])
        self.settings, self.folder = settings, Path(settings["model"])
        self.transform = create_transform(**json.loads((self.folder / "preprocessing.json").read_text(encoding="utf-8")))
        self.pool = ThreadPoolExecutor(settings["threads"], initializer=torch.set_num_threads, initargs=(1,))
        self.prepare()

    def read(self, file):
        from PIL import Image

        return self.transform(Image.open(BytesIO(file)).convert("RGB"))

    def embed(self, files, form):
        import torch

        vectors, size = [], form["batch"]
        for i in range(0, len(files), size):
            pixels = torch.stack(list(self.pool.map(self.read, files[i : i + size])))
            vectors.extend(self.compute(pixels, form))
        return vectors

    def versions(self):
        import PIL
        import timm
        import torch

        return {"timm": timm.__version__, "Pillow": PIL.__version__, "torch": torch.__version__}


class Torch(PythonPeer):
    name = "torch"
    forms = {precision: {"batch": SIZES, "layout": ["channels_last", "contiguous"]} for precision in ("f32", "bf16")}

    def prepare(self):
        import torch

        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[self.settings["precision"]]
        self.model = torch.load(self.folder / "module.pt", weights_only=False).eval().to(self.dtype)

    def compute(self, pixels, form):
        import torch

        layout = torch.channels_last if form["layout"] == "channels_last" else torch.contiguous_format
        self.model.to(memory_format=layout)  # nothing to do but the first time
        with torch.inference_mode():
            return self.model(pixels.to(self.dtype).contiguous(memory_format=layout)).float().numpy()


class OnnxRuntime(PythonPeer):
    name = "ONNX Runtime"
    forms = {precision: {"batch": SIZES} for precision in ("f32", "int8")}

    def prepare(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.settings["threads"]
        file = "model.int8.onnx" if self.settings["precision"] == "int8" else "model.onnx"
        self.session = onnxruntime.InferenceSession(str(self.folder / file), options, providers=["CPUExecutionProvider"])

    def compute(self, pixels, form):
        return self.session.run(None, {"pixels": pixels.numpy()})[0]

    def versions(self):
        import onnxruntime

        return {"ONNX Runtime": onnxruntime.__version__}


class OpenVino(PythonPeer):
    name = "OpenVINO"
    forms = {"f32": {"batch": SIZES}, "bf16": {"batch": SIZES}, "int8": {"batch": SIZES, "rest": ["bf16", "f32"]}}

    def prepare(self):
        import openvino

        self.core, self.compiled = openvino.Core(), {}
        self.int8 = self.settings["precision"] == "int8"
        self.model = openvino.convert_model(str(self.folder / "model.onnx")) if not self.int8 else self.core.read_model(self.folder / "model.int8.xml")

    def compute(self, pixels, form):
        key = pixels.shape[0], form.get("rest", self.settings["precision"])
        if key not in self.compiled:
            # For one shape, which is fastest; one at a time.
            self.model.reshape(list(pixels.shape))
            settings = {"INFERENCE_NUM_THREADS": self.settings["threads"], "INFERENCE_PRECISION_HINT": key[1], "PERFORMANCE_HINT": "LATENCY"}
            self.compiled = {key: self.core.compile_model(self.model, "CPU", settings)}
        return self.compiled[key](pixels.numpy())[0]

    def versions(self):
        import openvino

        return {"OpenVINO": openvino.__version__}


PEERS = {peer.name: peer for peer in (Glyxel, Torch, OnnxRuntime, OpenVino)}
