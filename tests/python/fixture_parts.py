"""What the scripts that build fixtures share: random weights, texts, a raw batch, and what the references make of a folder."""

import json
import os
import warnings
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
warnings.filterwarnings("ignore")

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(1)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = "the a an and of to in is it was not very good bad film story river query Paris ##ing ##ed ##er 映 画 é".split()
VOCAB = SPECIAL + list(LETTERS) + ["##" + c for c in LETTERS] + list("AT.,!?'-:0123456789") + WORDS
TEXTS = [
    "The film was good.",
    "the film was not very good, and the story was bad!",
    "",
    "   spaces\tat both ends \n",
    "Ünïcödé accents: café, Paris",
    "映画 is 電影",
    "🎬 popcorn",
    "a NUL\0inside",
    "don't re-enter 1984?",
    "The river is a very good and a very long story of the river and of the film in the river, to the end of it: " * 3,
    "query",
    "[MASK] and [SEP] are special tokens",
]


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def randomize(model, name):
    """Weights large enough that outputs depend on every one of them: a swapped bias or norm shows."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for key, value in sorted(model.named_parameters()):
        noise = torch.from_numpy(rng.normal(0, 0.3, value.shape).astype(np.float32))
        value.data = 1 + noise if value.dim() == 1 and key.endswith(".weight") else noise  # 1-D: a norm's
    return model.eval()


def rewrite_weights(folder, change):
    """Passes the checkpoint's tensors through `change`: how older or other programs would have written them."""
    path = folder / "model.safetensors"
    save_file({k: v.contiguous() for k, v in change(load_file(path)).items()}, path, metadata={"format": "pt"})


def old_names(tensors):
    swap = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for new, old in swap.items():
        tensors = {k.replace(new, old): v for k, v in tensors.items()}
    return tensors


def probe(seed, vocab_size, types=None, pad=0, length=10):
    """A batch of raw ids: full, right padded, left padded, a hole in the mask; token types that vary, where there are types."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(len(SPECIAL), vocab_size, (4, length))
    mask = np.ones((4, length), dtype=np.int64)
    mask[1, length - 4:] = 0
    mask[2, :3] = 0
    mask[3, 4:6] = 0
    batch = {"input_ids": np.where(mask == 1, ids, pad), "attention_mask": mask}
    if types:
        batch["token_type_ids"] = rng.integers(0, types, (4, length))
    return {k: torch.from_numpy(v).to(torch.int64) for k, v in batch.items()}


@torch.inference_mode()
def expect(name, folder, types=True, reference=None):
    """Writes expected.json and expected.safetensors: what the references make of the folder, or of another with the same model."""
    # f32 whatever the stored dtype, which transformers 5 would otherwise compute in
    model = SentenceTransformer(str(reference or folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
    transformer = model[0].model.eval()
    tokenizer, config = model.tokenizer, transformer.config
    encode = lambda **how: torch.from_numpy(model.encode(TEXTS, batch_size=4, show_progress_bar=False, **how))
    batch = probe(zlib.crc32(name.encode()), config.vocab_size, types and config.type_vocab_size, config.pad_token_id or 0)
    tensors = dict(batch)
    tensors["last_hidden_state"] = transformer(**batch).last_hidden_state
    tensors["pooled"] = model(dict(batch))["sentence_embedding"]  # before truncate_dim, which encode applies
    tensors["embeddings"] = encode()
    if any(model.prompts.values()):
        tensors["embeddings.none"] = encode(prompt="")
        for prompt in model.prompts:
            tensors[f"embeddings.{prompt}"] = encode(prompt_name=prompt)
    prompt = model.prompts.get(model.default_prompt_name, "")
    write_json(folder / "expected.json", {
        "dim": model.get_embedding_dimension(),
        "max_length": model.max_seq_length,
        "prompts": model.prompts,
        "default_prompt_name": model.default_prompt_name,
        "token_ids": [tokenizer(prompt + t, truncation=True)["input_ids"] for t in TEXTS],
        "token_counts": [len(tokenizer(t, truncation=False)["input_ids"]) for t in TEXTS],
    })
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")
    (folder / "expected.safetensors").chmod(0o644)
