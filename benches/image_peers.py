"""What images.py measures: one class for each library. To add one, write its class and list it in PEERS.

A peer is made in a process of its own, from the settings that images.py passes: model (a folder of image_models.py), lib, threads,
precision, cache.
    forms       the precisions that it has, and the ways in which it can work in each (forms.py)
    embed       files' bytes to vectors, in their order
    versions    what to name in the results
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from batches import RUNS, queue_of
from library import load_checkpoint, open_library

SIZES = [8, 1, 4, 16]
BATCHES = {"batch": SIZES, "runs": RUNS}


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
    """Pillow and the model's own preprocessing, timm's or transformers'. Runs: a batch is read by all threads, then computed by all,
    together; or each thread reads and computes batches of its own, apart."""

    def __init__(self, settings):
        import torch

        torch.set_num_threads(settings["threads"])
        self.settings, self.folder, self.threads = settings, Path(settings["model"]), settings["threads"]
        self.transform = transform(self.folder)
        self.pool = ThreadPoolExecutor(settings["threads"], initializer=torch.set_num_threads, initargs=(1,))
        self.prepare()

    def read(self, file):
        from PIL import Image

        return self.transform(Image.open(BytesIO(file)).convert("RGB"))

    def embed(self, files, form):
        import torch

        size, apart = form["batch"], form["runs"] == "apart"
        parts = [files[i : i + size] for i in range(0, len(files), size)]
        read = map if apart else self.pool.map
        compute = lambda part: self.compute(torch.stack(list(read(self.read, part))), form)
        done = self.pool.map(compute, parts) if apart else map(compute, parts)
        return [vector for vectors in done for vector in vectors]

    def at_once(self, form):
        return self.threads if form["runs"] == "apart" else 1

    def versions(self):
        import PIL
        import timm
        import torch

        return {"timm": timm.__version__, "Pillow": PIL.__version__, "torch": torch.__version__}


class Torch(PythonPeer):
    name = "torch"
    forms = {precision: BATCHES | {"layout": ["channels_last", "contiguous"]} for precision in ("f32", "bf16")}

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
    forms = {precision: BATCHES for precision in ("f32", "int8")}

    def prepare(self):
        self.sessions = {}

    def session(self, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        file = "model.int8.onnx" if self.settings["precision"] == "int8" else "model.onnx"
        return onnxruntime.InferenceSession(str(self.folder / file), options, providers=["CPUExecutionProvider"])

    def compute(self, pixels, form):
        threads = self.threads // self.at_once(form)
        if threads not in self.sessions:
            self.sessions[threads] = self.session(threads)
        return self.sessions[threads].run(None, {"pixels": pixels.numpy()})[0]

    def versions(self):
        import onnxruntime

        return {"ONNX Runtime": onnxruntime.__version__}


class OpenVino(PythonPeer):
    name = "OpenVINO"
    forms = {"f32": BATCHES, "bf16": BATCHES, "int8": BATCHES | {"rest": ["bf16", "f32"]}}

    def prepare(self):
        import openvino

        self.core, self.compiled, self.lock = openvino.Core(), {}, threading.Lock()
        int8 = self.settings["precision"] == "int8"
        self.model = self.core.read_model(self.folder / "model.int8.xml") if int8 else openvino.convert_model(self.folder / "model.onnx")

    def compute(self, pixels, form):
        requests = self.requests(tuple(pixels.shape), form)
        request = requests.get()
        try:
            return request.infer({0: pixels.numpy()}, share_inputs=True)[0]
        finally:
            requests.put(request)

    def requests(self, shape, form):
        """For one shape, which is fastest; one at a time, since each keeps weights of its own."""
        key = shape, form["runs"], form.get("rest", self.settings["precision"])
        with self.lock:
            if key not in self.compiled:
                self.model.reshape(list(shape))
                streams = self.at_once(form)
                settings = {"INFERENCE_NUM_THREADS": self.threads, "INFERENCE_PRECISION_HINT": key[2], "NUM_STREAMS": streams,
                            "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT"}
                compiled = self.core.compile_model(self.model, "CPU", settings)
                self.compiled = {key: queue_of([compiled.create_infer_request() for _ in range(streams)])}
            return self.compiled[key]

    def versions(self):
        import openvino

        return {"OpenVINO": openvino.__version__}


PEERS = {peer.name: peer for peer in (Glyxel, Torch, OnnxRuntime, OpenVino)}
