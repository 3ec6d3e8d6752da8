"""Builds tests/fixtures/export: bundles that examples/export wrote of tiny models of families that glyxel does not know.

    python tests/python/export_fixtures.py

    NAME.pt            the bundle
    NAME.safetensors   embeddings (texts x dim) of texts.json by sentence-transformers; where the model normalises,
                       embeddings.unnormalized; where it has prompts, embeddings.query
"""

import json
import os
import shutil
import sys
import tempfile
import zlib
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "examples" / "export"))
from export_torchscript import export

OUT = ROOT / "tests" / "fixtures" / "export"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCAB = SPECIAL + list(LETTERS) + ["##" + c for c in LETTERS] + list(".,!?'-:0123456789") + "the a of to in is it film query".split()
TEXTS = ["The film was good.", "", "a", "query: is it a film?", "Ünïcode 映画 🎬", "the film of the film " * 20, "one two three four five six"]
SIZE = dict(vocab_size=len(VOCAB), pad_token_id=0)

MODELS = {
    # relative positions in buckets, no biases, RMS norms
    "t5": dict(
        config=transformers.T5Config(d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, decoder_start_token_id=0, **SIZE),
        kind="T5EncoderModel",
        pooling="mean",
        normalize=True,
    ),
    # a decoder: causal attention, rotary positions, grouped queries; the last token is the vector, a prompt is left out
    "qwen3": dict(
        config=transformers.Qwen3Config(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                                        head_dim=8, max_position_embeddings=64, **SIZE),
        kind="Qwen3Model",
        pooling="lasttoken",
        normalize=True,
        prompts={"query": "query: "},
    ),
    # pooling that leaves a prompt out, type ids, vectors cut to 10 values
    "ernie": dict(
        config=transformers.ErnieConfig(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=48, **SIZE),
        kind="ErnieModel",
        pooling="mean",
        prompts={"query": "query: "},
        include_prompt=False,
        truncate_dim=10,
    ),
}


def randomize(model, name):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for key, value in sorted(model.named_parameters()):
        noise = torch.from_numpy(rng.normal(0, 0.3, value.shape).astype(np.float32))
        value.data = 1 + noise if "norm" in key.lower() and key.endswith("weight") else noise
    return model.eval()


def build(name, folder, config, kind, pooling, normalize=False, prompts=None, include_prompt=True, truncate_dim=None):
    transformer = folder / "transformer"
    randomize(getattr(transformers, kind)(config), name).save_pretrained(transformer)
    transformers.BertTokenizer(vocab={token: i for i, token in enumerate(VOCAB)}, model_max_length=40).save_pretrained(transformer)
    modules = [Transformer(str(transformer)), Pooling(config.hidden_size, pooling, include_prompt=include_prompt)]
    model = SentenceTransformer(modules=modules + [Normalize()] * normalize, device="cpu", prompts=prompts, truncate_dim=truncate_dim)
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def expect(source):
    model = SentenceTransformer(str(source), device="cpu")
    encode = lambda **how: torch.from_numpy(model.encode(TEXTS, batch_size=3, show_progress_bar=False, **how)).contiguous()
    tensors = {"embeddings": encode()}
    if isinstance(model[-1], Normalize):
        unnormalized = SentenceTransformer(modules=list(model)[:-1], device="cpu", prompts=model.prompts)
        tensors["embeddings.unnormalized"] = torch.from_numpy(unnormalized.encode(TEXTS, show_progress_bar=False)).contiguous()
    if model.prompts.get("query"):
        tensors["embeddings.query"] = encode(prompt_name="query")
    return tensors


def begin(out):
    """Quietly and on one thread, which gives the same numbers anywhere, into an empty folder."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


def main():
    begin(OUT)
    (OUT / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, how in MODELS.items():
        with tempfile.TemporaryDirectory() as folder:
            source = build(name, Path(folder), **how)
            save_file(expect(source), OUT / f"{name}.safetensors")
            os.chmod(OUT / f"{name}.safetensors", 0o644)
            export(str(source), OUT / f"{name}.pt")
    print(f"{len(MODELS)} bundles, {sum(f.stat().st_size for f in OUT.iterdir()):,} bytes")


if __name__ == "__main__":
    main()
