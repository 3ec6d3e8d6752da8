"""The models of texts, each with one set of weights in every peer's form. It needs torch, so it runs in a process of its own:

    text_models.py FOLDER NAME MINILM     FOLDER/{checkpoint/, plain.onnx, fused.onnx, torch.xml, onnx.xml, size.json}

`checkpoint` is what this library and sentence-transformers load. `plain.onnx` is torch's export and `fused.onnx` what ONNX Runtime's
own optimiser for transformers makes of it. `torch.xml` is what OpenVINO makes of the module itself, whose attention is one operator
there, and `onnx.xml` what it makes of the export.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from text_modules import TextVectors

LONGEST = 512  # tokens; MiniLM's checkpoint says 256, its positions reach this far
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
MODULES = ["", "1_Pooling", "2_Normalize"]


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def bert_base(folder):
    """bert-base-uncased's size with random weights: speed does not depend on them."""
    torch.manual_seed(7)
    model = transformers.BertModel(transformers.BertConfig(vocab_size=30522), add_pooling_layer=False)
    model.save_pretrained(folder)
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 768, "pooling_mode_mean_tokens": True})
    kinds = [path.partition("_")[2] or "Transformer" for path in MODULES]
    write_json(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(zip(MODULES, kinds, strict=True))])


def write_checkpoint(folder, name, minilm):
    if name == "MiniLM-L6":
        shutil.copytree(minilm, folder)
    else:
        bert_base(folder)
        for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
            shutil.copy(Path(minilm) / file, folder)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": LONGEST, "do_lower_case": False})
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    write_json(folder / "tokenizer_config.json", settings | {"model_max_length": LONGEST})


def module_of(checkpoint, attention):
    model = transformers.BertModel.from_pretrained(checkpoint, add_pooling_layer=False, dtype=torch.float32, attn_implementation=attention)
    return TextVectors(model).eval().requires_grad_(False)


def example():
    """Two texts, one of which is padded: a trace without padding could leave the mask out."""
    ids = torch.randint(1000, 20000, (2, 9))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    return ids, mask, torch.zeros_like(ids)


def write_onnx(folder, config):
    from onnxruntime.transformers import optimizer

    axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS} | {"vectors": {0: "batch"}}
    # Attention written out, which is what the optimiser knows how to fuse.
    torch.onnx.export(module_of(folder / "checkpoint", "eager"), example(), str(folder / "plain.onnx"), input_names=INPUTS,
                      output_names=["vectors"], dynamo=False, dynamic_axes=axes, opset_version=17)
    fused = optimizer.optimize_model(str(folder / "plain.onnx"), model_type="bert", num_heads=config.num_attention_heads,
                                     hidden_size=config.hidden_size, opt_level=0)
    fused.save_model_to_file(str(folder / "fused.onnx"))
    counts = fused.get_fused_operator_statistics()
    if counts["Attention"] != config.num_hidden_layers:
        raise SystemExit(f"ONNX Runtime's optimiser fused {counts['Attention']} of {config.num_hidden_layers} attentions: it would be measured below what it can do")


def write_openvino(folder):
    import openvino

    names = dict(zip(INPUTS, example(), strict=True))
    model = openvino.convert_model(module_of(folder / "checkpoint", "sdpa"), example_input=names)
    openvino.save_model(model, folder / "torch.xml", compress_to_fp16=False)
    openvino.save_model(openvino.convert_model(folder / "plain.onnx"), folder / "onnx.xml", compress_to_fp16=False)


def write_model(folder, name, minilm):
    folder = Path(folder)
    write_checkpoint(folder / "checkpoint", name, minilm)
    config = transformers.AutoConfig.from_pretrained(folder / "checkpoint")
    size = {"layers": config.num_hidden_layers, "hidden": config.hidden_size, "inner": config.intermediate_size}
    write_json(folder / "size.json", size)
    with torch.inference_mode():
        write_onnx(folder, config)
        write_openvino(folder)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    write_model(*sys.argv[1:])
