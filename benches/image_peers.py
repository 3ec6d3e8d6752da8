"""What images.py measures: one class for each library. To add one, write its class and list it in PEERS.

A peer is made in a process of its own, from the settings that images.py passes: model (a folder of image_models.py), lib, threads,
precision, cache.
    precisions    which it is measured in
    batches       what to try, a batch's size and a layout; the fastest is used. [None]: it chooses by itself
    embed         files' bytes to vectors, in their order
    versions      what to name in the results
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

SIZES = ["1", "4", "8", "16"]


class Glyxel:
    name = "glyxel"
    precisions = ["f32", "bf16"]
    batches = [None]

    def __init__(self, settings):
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))
        import glyxel

        self.library = glyxel.Glyxel(settings["lib"], threads=settings["threads"])
        self.model = self.library.load(f"{settings['model']}/checkpoint", precision=settings["precision"], cache_dir=settings["cache"])

    def embed(self, files, batch):
        return self.model.embed_images(files)

    def versions(self):
        return {"glyxel": self.library.version, "build": self.library.build_info}


def transform(folder):
    """From a picture to pixels, as the library that the model comes from does it."""
    preprocessing = folder / "preprocessing.json"
    if preprocessing.is_file():
        from timm.data import create_transform

        return create_transform(**json.loads(preprocessing.read_text(encoding="utf-8")))
    from transformers import AutoImageProcessor

    # In Pillow, as this library and timm's transform do it, not in torchvision.
    processor = AutoImageProcessor.from_pretrained(folder / "checkpoint", backend="pil")
    return lambda picture: processor(picture, return_tensors="pt")["pixel_values"][0]


class PythonPeer:
    """Pillow and the model's own preprocessing, timm's or transformers', in as many threads as the model then computes with; a batch is read, then computed."""

    batches = SIZES

    def __init__(self, settings):
        import torch

        torch.set_num_threads(settings["threads"])
        self.settings, self.folder = settings, Path(settings["model"])
        self.transform = transform(self.folder)
        self.pool = ThreadPoolExecutor(settings["threads"], initializer=torch.set_num_threads, initargs=(1,))
        self.prepare()

    def read(self, file):
        from PIL import Image

        return self.transform(Image.open(BytesIO(file)).convert("RGB"))

    def embed(self, files, batch):
        import torch

        size, _, layout = batch.partition(" ")
        vectors = []
        for i in range(0, len(files), int(size)):
            pixels = torch.stack(list(self.pool.map(self.read, files[i : i + int(size)])))
            vectors.extend(self.compute(pixels, layout))
        return vectors

    def versions(self):
        import PIL
        import timm
        import torch

        return {"timm": timm.__version__, "Pillow": PIL.__version__, "torch": torch.__version__}


class Torch(PythonPeer):
    name = "torch"
    precisions = ["f32", "bf16"]
    batches = SIZES + [f"{size} channels_last" for size in SIZES]

    def prepare(self):
        import torch

        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[self.settings["precision"]]
        self.model = torch.load(self.folder / "module.pt", weights_only=False).eval().to(self.dtype)

    def compute(self, pixels, layout):
        import torch

        form = torch.channels_last if layout else torch.contiguous_format
        self.model.to(memory_format=form)  # nothing to do but the first time
        with torch.inference_mode():
            return self.model(pixels.to(self.dtype).contiguous(memory_format=form)).float().numpy()


class OnnxRuntime(PythonPeer):
    name = "ONNX Runtime"
    precisions = ["f32"]

    def prepare(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.settings["threads"]
        self.session = onnxruntime.InferenceSession(str(self.folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def compute(self, pixels, _):
        return self.session.run(None, {"pixels": pixels.numpy()})[0]

    def versions(self):
        import onnxruntime

        return {"ONNX Runtime": onnxruntime.__version__}


class OpenVino(PythonPeer):
    name = "OpenVINO"
    precisions = ["f32", "bf16"]

    def prepare(self):
        import openvino

        self.core, self.compiled = openvino.Core(), {}
        self.model = openvino.convert_model(str(self.folder / "model.onnx"))

    def compute(self, pixels, _):
        size = pixels.shape[0]
        if size not in self.compiled:
            # For one shape, which is fastest; one at a time.
            self.model.reshape([size, *pixels.shape[1:]])
            settings = {"INFERENCE_NUM_THREADS": self.settings["threads"], "INFERENCE_PRECISION_HINT": self.settings["precision"],
                        "PERFORMANCE_HINT": "LATENCY"}
            self.compiled = {size: self.core.compile_model(self.model, "CPU", settings)}
        return self.compiled[size](pixels.numpy())[0]

    def versions(self):
        import openvino

        return {"OpenVINO": openvino.__version__}


PEERS = {peer.name: peer for peer in (Glyxel, Torch, OnnxRuntime, OpenVino)}
