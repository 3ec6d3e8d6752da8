#!/usr/bin/env python3
"""Writes any text encoder of transformers or sentence-transformers as one glyxel bundle, by tracing it in Python.

    pip install torch==2.11.0 sentence-transformers==6.0.1
    python export_torchscript.py sentence-transformers/sentence-t5-base -o sentence-t5.pt
    python export_torchscript.py path/to/folder -o model.pt --pooling cls --normalize

glyxel converts the families that it knows by itself, without Python; this is for all others. The bundle is used like any
other: the graph optimiser works on it, and it runs on any device and in any precision. A model that is no
SentenceTransformer gets --pooling (mean unless told otherwise).

A trace records what one input did. So the result is run on other batch sizes, lengths and paddings and compared with the
model itself; if they differ by more than rounding, nothing is written.

A bundle is code: load only bundles that you trust. With --trust-remote-code Python runs the repository's own code here.
"""

import argparse
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer

FORMAT = 1  # of the bundle: docs/architecture.md
POOLING = ("mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
TEXTS = ["", "A first text.", "Ein zweiter, längerer Text 第二 — with “quotes” and 123 numbers!", "three " * 40]
# (batch, tokens): none is the shape that is traced.
SHAPES = [(1, 1), (1, 7), (3, 5), (4, 16), (2, 33)]
TRACED = (2, 9)


class Refused(Exception):
    """What is wrong and what to do, in a sentence."""


class Methods(torch.nn.Module):
    """The bundle's methods over one model: token ids in, vectors out."""

    def __init__(self, model, inputs, dim):
        super().__init__()
        self.model, self.inputs, self.dim = model, inputs, dim

    def forward_to(self, modules, tensors):
        named = dict(zip(self.inputs, tensors))
        pool_mask = named.pop("pool_mask", None)
        features = {"input_ids": named["ids"], "attention_mask": named["mask"]}
        if "type_ids" in named:
            features["token_type_ids"] = named["type_ids"]
        features = modules[0](features)
        if pool_mask is not None:
            features["attention_mask"] = pool_mask
        for module in modules[1:]:
            features = module(features)
        return features["sentence_embedding"][..., : self.dim].float()

    def embed_text(self, *tensors):
        return self.forward_to(list(self.model), tensors)

    def embed_text_unnormalized(self, *tensors):
        return self.forward_to(list(self.model)[:-1], tensors)


def load(source, pooling, normalize, trust):
    """The model as a SentenceTransformer, in f32 whatever it is stored in."""
    kwargs = {"dtype": torch.float32}
    if source.startswith((".", "/")) and not Path(source).is_dir():
        raise Refused(f"there is no folder {source}")
    is_sentence_transformer = (Path(source) / "modules.json").is_file() or not Path(source).exists() and has_modules(source)
    if is_sentence_transformer:
        if pooling or normalize:
            raise Refused(f"{source} is a SentenceTransformer and says itself how it pools: leave out --pooling and --normalize")
        return SentenceTransformer(source, device="cpu", trust_remote_code=trust, model_kwargs=kwargs).eval()
    code = {"trust_remote_code": trust}
    transformer = Transformer(source, model_kwargs=kwargs | code, config_kwargs=code, processor_kwargs=code)
    modules = [transformer, Pooling(transformer.get_embedding_dimension(), pooling or "mean")]
    return SentenceTransformer(modules=modules + [Normalize()] * normalize, device="cpu").eval()


def has_modules(source):
    from huggingface_hub import try_to_load_from_cache
    from transformers.utils import cached_file

    if isinstance(try_to_load_from_cache(source, "modules.json"), str):
        return True
    return cached_file(source, "modules.json", _raise_exceptions_for_missing_entries=False) is not None


def tokenizer_json(tokenizer):
    """The tokenizer as glyxel will run it, checked against the one that Python runs."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise Refused(f"{type(tokenizer).__name__} is a tokenizer written in Python, which no tokenizer.json describes; export it with another one")
    described = json.loads(backend.to_str())
    described["padding"] = None
    described["truncation"] = None
    if tokenizer.truncation_side == "left":
        described["truncation"] = {"direction": "Left", "max_length": 512, "strategy": "LongestFirst", "stride": 0}
    text = json.dumps(described, ensure_ascii=False)
    same = Tokenizer.from_str(text)
    same.no_truncation()
    for sample in TEXTS:
        if same.encode(sample).ids != tokenizer(sample)["input_ids"]:
            raise Refused(f"{type(tokenizer).__name__} does more to a text than its tokenizer.json says ({sample[:20]!r} gives other ids), so glyxel could not do the same")
    return text


def example(batch, tokens, inputs, vocabulary, pad, seed):
    """Random ids, some rows padded on the right, as glyxel pads."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, tokens + 1, (batch, 1), generator=generator)
    lengths[0] = tokens
    mask = (torch.arange(tokens) < lengths).long()
    ids = torch.randint(0, vocabulary, (batch, tokens), generator=generator)
    values = {"ids": torch.where(mask == 1, ids, pad), "mask": mask, "type_ids": torch.zeros_like(mask), "pool_mask": mask}
    return tuple(values[name] for name in inputs)


@torch.inference_mode()
def compare(traced, methods, names, inputs, vocabulary, pad, max_length):
    for name in names:
        for seed, (batch, tokens) in enumerate(SHAPES):
            tensors = example(batch, min(tokens, max_length), inputs, vocabulary, pad, seed)
            try:
                got = getattr(traced, name)(*tensors)
            except RuntimeError as reason:
                raise Refused(f"traced at {TRACED}, the model cannot run at {(batch, tokens)}: its Python code turns shapes into numbers ({str(reason).splitlines()[-1]})") from None
            expected = getattr(methods, name)(*tensors)
            difference = float((got - expected).abs().max()) if got.shape == expected.shape else float("inf")
            if not difference <= 1e-5 * max(1.0, float(expected.abs().max())):
                raise Refused(f"traced at {TRACED}, the model gives something else at {(batch, tokens)} (by {difference:.1e}): its Python code depends on shapes or values in a way that a trace cannot hold")


def manifest(source, model, tokenizer, inputs, names, vocabulary, max_length, digest):
    transformer, pooling = model[0], next(module for module in model if isinstance(module, Pooling))
    card = getattr(model, "model_card_data", None)
    modes = pooling.pooling_mode if isinstance(pooling.pooling_mode, (list, tuple)) else [pooling.pooling_mode]
    return {
        "format": FORMAT,
        "glyxel": "0.1.0",
        "libtorch": torch.__version__.split("+")[0],
        "architecture": transformer.config.model_type,
        "methods": [{"name": name, "inputs": inputs, "outputs": ["embedding"]} for name in names],
        "text": {
            "max_length": max_length,
            "dim": model.truncate_dim or model.get_embedding_dimension(),
            "pooling": list(modes),
            "pooling_source": "export_torchscript.py",
            "normalize": isinstance(model[-1], Normalize),
            "lowercase": False,  # what there is of it stands in tokenizer.json
            "prompts": {name: text for name, text in model.prompts.items() if text},
            "default_prompt_name": model.default_prompt_name,
            "vocab_size": vocabulary,
            "pad_token_id": tokenizer.pad_token_id or 0,
            "include_prompt": pooling.include_prompt,
        },
        "source": {
            "location": Path(source).name if Path(source).exists() else source,
            "revision": getattr(transformer.config, "_commit_hash", None),
            "licence": getattr(card, "license", None) or licence_of(source),
            "weights_sha256": digest,
            "weights_dtype": "F32",
        },
        "sealed": True,
    }


def licence_of(source):
    """What the header of the model's card states."""
    card = Path(source) / "README.md"
    header = card.read_text(encoding="utf-8").partition("---")[2].partition("\n---")[0] if card.is_file() else ""
    found = re.search(r"^license: *(\S+)", header, re.M)
    return found[1].strip("'\"") if found else None


def sha256(model):
    """Of all tensors as they are traced, in the order of their names: not what a conversion states, which hashes the files."""
    digest = hashlib.sha256()
    for _, tensor in sorted(model.state_dict().items()):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def without_paths(traced, folder):
    """The module without its debugging files, which name the Python files of this machine: a bundle may be passed on."""
    torch.jit.save(traced, folder / "traced.pt")
    with zipfile.ZipFile(folder / "traced.pt") as full, zipfile.ZipFile(folder / "bare.pt", "w") as bare:
        for entry in full.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                with full.open(entry) as source, bare.open(entry.filename, "w", force_zip64=True) as to:
                    shutil.copyfileobj(source, to, 1 << 20)
    return torch.jit.load(folder / "bare.pt", map_location="cpu")


def seal(path):
    """glyxel's seal: a zip comment with the CRC-32 of all bytes before it, so that any changed byte shows."""
    data = bytearray(path.read_bytes())
    if data[-22:-18] != b"PK\x05\x06" or data[-2:] != b"\0\0":
        raise Refused(f"torch {torch.__version__} wrote an archive that ends in another way than torch 2.11's; use that version")
    comment = b"glyxel:crc32="
    data[-2:] = (len(comment) + 8).to_bytes(2, "little")
    data += comment
    data += b"%08x" % zlib.crc32(data)
    path.write_bytes(data)


def export(source, output, pooling=None, normalize=False, trust=False):
    if not torch.__version__.startswith("2.11."):
        raise Refused(f"this is torch {torch.__version__}; glyxel runs on libtorch 2.11, and so the export needs torch 2.11 (pip install torch==2.11.0)")
    if not Path(output).resolve().parent.is_dir():
        raise Refused(f"there is no folder {Path(output).resolve().parent} to write {output} to")
    model = load(source, pooling, normalize, trust)
    transformer, tokenizer = model[0], model.tokenizer
    described = tokenizer_json(tokenizer)
    vocabulary = transformer.model.get_input_embeddings().num_embeddings
    pad = tokenizer.pad_token_id or 0
    max_length = int(min(model.max_seq_length or sys.maxsize, sys.maxsize))

    inputs = ["ids", "mask"]
    if not next(module for module in model if isinstance(module, Pooling)).include_prompt:
        inputs.append("pool_mask")
    if "token_type_ids" in tokenizer.model_input_names:
        inputs.append("type_ids")
    names = ["embed_text"] + ["embed_text_unnormalized"] * isinstance(model[-1], Normalize)

    described_by = manifest(source, model, tokenizer, inputs, names, vocabulary, max_length, sha256(model))
    methods = Methods(model, inputs, described_by["text"]["dim"]).eval().requires_grad_(False)
    batch, tokens = TRACED
    tensors = example(batch, min(tokens, max_length), inputs, vocabulary, pad, seed=7)
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        warnings.simplefilter("ignore")  # about shapes that become numbers: compare() sees whether that matters
        traced = torch.jit.trace_module(methods, {name: tensors for name in names}, check_trace=False, strict=False)
    compare(traced, methods, names, inputs, vocabulary, pad, max_length)

    extra = {
        "glyxel.json": json.dumps(described_by, ensure_ascii=False, indent=1),
        "tokenizer.json": described,
        "configs/config.json": json.dumps({k: v for k, v in transformer.config.to_dict().items() if k != "_name_or_path"}, ensure_ascii=False),
    }
    # Beside the output, under another name until it is whole.
    with tempfile.TemporaryDirectory(prefix=".export-", dir=Path(output).resolve().parent) as folder:
        whole = Path(folder) / "bundle.pt"
        torch.jit.save(without_paths(traced, Path(folder)), whole, _extra_files=extra)
        seal(whole)
        os.replace(whole, output)
    return described_by


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="a Hugging Face id, or the folder of a checkpoint")
    parser.add_argument("-o", "--output", required=True, help="the bundle to write")
    parser.add_argument("--pooling", choices=POOLING, help="for a model that is no SentenceTransformer (default: mean)")
    parser.add_argument("--normalize", action="store_true", help="bring vectors to length 1; for a model that is no SentenceTransformer")
    parser.add_argument("--trust-remote-code", action="store_true", help="let Python run the repository's own code")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    transformers.logging.disable_progress_bar()
    try:
        written = export(arguments.source, arguments.output, arguments.pooling, arguments.normalize, arguments.trust_remote_code)
    except (Refused, OSError, ValueError) as reason:
        sys.exit(f"export_torchscript.py: {reason}")
    text = written["text"]
    size = os.path.getsize(arguments.output) / 1e6
    print(f"{arguments.output}: {written['architecture']}, {text['dim']} values a text, up to {text['max_length']} tokens, {size:.1f} MB")


if __name__ == "__main__":
    main()
