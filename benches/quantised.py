"""The int8 forms of a model for the peers: OpenVINO's by nncf (weights and activations, calibrated), ONNX Runtime's dynamic one. It needs
torch, so it runs in a process of its own:

    quantised.py texts FOLDER FILE       beside FOLDER/{torch.xml, plain.onnx, fused.onnx}, calibrated on the lines of FILE
    quantised.py images FOLDER PHOTOS    beside FOLDER/model.onnx, calibrated on the files of PHOTOS
"""

import json
import logging
import sys
from pathlib import Path

SAMPLES = {"texts": 300, "images": 32}  # 300 is nncf's own default


def quantise_openvino(model, path, samples):
    import nncf
    import openvino

    made = nncf.quantize(model, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(samples))
    openvino.save_model(made, path, compress_to_fp16=False)


def quantise_onnx(source, path):
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Types of what ONNX Runtime's own operators give are not inferred: they are floats.
    quantize_dynamic(source, path, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gemm", "Attention"],
                     extra_options={"DefaultTensorType": TensorProto.FLOAT})


def texts(folder, file):
    import numpy as np
    import openvino
    from tokenizers import Tokenizer

    folder = Path(folder)
    tokenizer = Tokenizer.from_file(str(folder / "checkpoint" / "tokenizer.json"))
    tokenizer.no_padding()

    def inputs(text):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}

    samples = [inputs(text) for text in Path(file).read_text(encoding="utf-8").splitlines()[: SAMPLES["texts"]]]
    quantise_openvino(openvino.Core().read_model(folder / "torch.xml"), folder / "torch.int8.xml", samples)
    for graph in ("plain", "fused"):
        quantise_onnx(folder / f"{graph}.onnx", folder / f"{graph}.int8.onnx")


def images(folder, photos):
    import openvino
    from PIL import Image
    from timm.data import create_transform

    folder = Path(folder)
    transform = create_transform(**json.loads((folder / "preprocessing.json").read_text(encoding="utf-8")))
    pixels = [transform(Image.open(path).convert("RGB"))[None].numpy() for path in sorted(Path(photos).glob("*.jpg"))[: SAMPLES["images"]]]
    quantise_openvino(openvino.convert_model(folder / "model.onnx"), folder / "model.int8.xml", [{"pixels": one} for one in pixels])
    quantise_onnx(folder / "model.onnx", folder / "model.int8.onnx")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    {"texts": texts, "images": images}[sys.argv[1]](*sys.argv[2:])
