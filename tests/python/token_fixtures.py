"""Makes tests/fixtures/tokens: what transformers gives for every hidden state of the small checkpoints, where its tokenizers say that
tokens come from, small checkpoints for late interaction with the vectors that PyLate's and colbert-ai's arithmetic gives, and
MaxSim by NumPy.

    python tests/python/token_fixtures.py
"""

import json
import shutil
import string
from pathlib import Path

from fixture_parts import TEXTS, randomize, write_json

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer
from transformers import AutoModel, AutoTokenizer

from family_checkpoints import BERT, MODERN, REST, ROBERTA, ROBERTA_SIZES, small, write_tokenizer

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
OUT = FIXTURES / "tokens"


# ---- hidden states -----------------------------------------------------------------------------------------------------


@torch.inference_mode()
def hidden_states():
    """Of the raw batch that each checkpoint of other fixtures has. The hub's own names of Nomic-BERT transformers does not know."""
    tensors = {}
    folders = [path.parent for group in ("families/*", "bert") for path in sorted(FIXTURES.glob(f"{group}/*/expected.safetensors"))]
    for folder in folders:
        if folder.name.startswith("hub") or not (folder / "config.json").is_file():
            continue
        saved = load_file(folder / "expected.safetensors")
        batch = {name: saved[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in saved}
        model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        if (model(**batch).last_hidden_state - saved["last_hidden_state"]).abs().max() > 1e-5:
            print(f"passed over: {folder}, whose expected states another folder gave")
            continue
        for i, state in enumerate(model(**batch, output_hidden_states=True).hidden_states):
            tensors[f"{folder.relative_to(FIXTURES)}.{i}"] = state.contiguous()
    save_file(tensors, OUT / "hidden_states.safetensors")


# ---- spans -------------------------------------------------------------------------------------------------------------


def spans(tokenizer, text, length):
    """The bytes that each token came from; [0, 0] for special ones. None where a text begins with a part of a character behind a space
    that the tokenizer puts there: the reference then counts no character."""
    found = tokenizer(text, truncation=True, max_length=length, return_offsets_mapping=True, return_special_tokens_mask=True)
    at = lambda chars: len(text[:chars].encode())
    made = [[0, 0] if special or begin == end else [at(begin), at(end)] for (begin, end), special in zip(found["offset_mapping"], found["special_tokens_mask"])]
    first = found["special_tokens_mask"].index(0) if 0 in found["special_tokens_mask"] else None
    if first is not None and found["offset_mapping"][first] == (0, 0):
        made[first] = None
    return made


def write_spans():
    def expand(text):
        return text if isinstance(text, str) else text["repeat"] * text["times"]

    texts = [(i, expand(text)) for i, text in enumerate(json.loads((FIXTURES / "text" / "texts.json").read_text()))]
    texts = [(i, text) for i, text in texts if len(text) < 80 and "</s>" not in text][::4]
    found = {}
    for folder in sorted(path.parent for path in (FIXTURES / "text").glob("*/expected.json")):
        if (folder / "sentence_bert_config.json").is_file():
            continue
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except Exception as error:
            print(f"passed over: {folder.name}: {error}")
            continue
        if not tokenizer.is_fast:
            print(f"passed over: {folder.name}, which is slow")
            continue
        expected = json.loads((folder / "expected.json").read_text())["20"]
        if any(expected[i] != tokenizer(text, truncation=True, max_length=20)["input_ids"] for i, text in texts):
            print(f"passed over: {folder.name}, which is not loaded so")
            continue
        found[folder.name] = {str(i): spans(tokenizer, text, 14) for i, text in texts}
    write_json(OUT / "spans.json", found)


# ---- late interaction --------------------------------------------------------------------------------------------------


def dense(folder, inputs, outputs, bias=False, activation="torch.nn.modules.linear.Identity", residual=False):
    """A Dense module of PyLate, and what it computes."""
    rng = np.random.default_rng(inputs * 100 + outputs)
    made = lambda *shape: torch.from_numpy(rng.normal(0, 0.4, shape).astype(np.float32))
    tensors = {"linear.weight": made(outputs, inputs)}
    if bias:
        tensors["linear.bias"] = made(outputs)
    if residual and inputs != outputs:
        tensors["residual.weight"] = made(outputs, inputs)
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors")
    write_json(folder / "config.json", {"in_features": inputs, "out_features": outputs, "bias": bias, "activation_function": activation, "use_residual": residual})

    def forward(x):
        y = x @ tensors["linear.weight"].T + tensors.get("linear.bias", 0)
        if activation.endswith("Tanh"):
            y = torch.tanh(y)
        if residual:
            y = y + (x @ tensors["residual.weight"].T if inputs != outputs else x)
        return y

    return forward


def encoder(folder, kind, special, sizes, words, longest):
    """A random encoder and a tokenizer that knows some more words."""
    tokens = len(special) + len(REST) + len(words)
    torch.manual_seed(0)
    model = getattr(transformers, kind + "Model")(getattr(transformers, kind + "Config")(vocab_size=tokens, **sizes))
    randomize(model, folder.name)
    model.save_pretrained(folder)
    write_tokenizer(folder, special, longest)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in words])
    write_json(folder / "tokenizer.json", json.loads(tokenizer.to_str()))
    return model.eval(), tokenizer


@torch.inference_mode()
def expect(folder, model, tokenizer, special, habits, project, prompts=("",)):
    """PyLate's ColBERT.tokenize and encode, and colbert-ai's tensorize, query and doc, in few words."""
    marker, length, filler, attended = habits["marker"], habits["length"], habits["filler"], habits["attended"]
    skipped = habits["skipped"]
    tensors, rows = {}, {}
    for role in ("query", "document"):
        rows[role] = []
        for n, text in enumerate(TEXTS):
            mark = marker[role]
            most = length[role] - (mark is not None)
            tokenizer.enable_truncation(most)
            found = tokenizer.encode(prompts[0] + text)
            shift = lambda at: len((prompts[0] + text)[:at].encode()) - len(prompts[0].encode())
            whose = [[0, 0] if s or shift(e) <= 0 else [max(0, shift(b)), shift(e)] for (b, e), s in zip(found.offsets, found.special_tokens_mask)]
            ids = list(found.ids)
            if mark is not None:
                ids.insert(1, mark)
                whose.insert(1, [0, 0])
            seen = [1] * len(ids)
            if role == "query" and filler is not None:
                missing = length[role] - len(ids)
                ids, seen, whose = ids + [filler] * missing, seen + [int(attended)] * missing, whose + [[0, 0]] * missing
            hidden = model(input_ids=torch.tensor([ids]), attention_mask=torch.tensor([seen])).last_hidden_state[0]
            vectors = torch.nn.functional.normalize(project(hidden), p=2, dim=1)
            kept = [i for i, token in enumerate(ids) if role == "query" or token not in skipped]
            tensors[f"{role}.{n}"] = vectors[kept].contiguous()
            rows[role].append({"ids": [ids[i] for i in kept], "spans": [whose[i] for i in kept]})
    save_file(tensors, folder / "expected.safetensors")
    write_json(folder / "expected.json", rows | {"prompt": prompts[0]})


def pylate(name, kind, special, sizes, words, modules, config, longest=32, prompts=None):
    folder = OUT / name
    folder.mkdir()
    model, tokenizer = encoder(folder, kind, special, sizes, words, longest)
    entries = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    layers = []
    for i, module in enumerate(modules, 1):
        layers.append(dense(folder / f"{i}_Dense", **module))
        entries.append({"idx": i, "name": str(i), "path": f"{i}_Dense", "type": "pylate.models.Dense.Dense"})
    write_json(folder / "modules.json", entries)
    write_json(folder / "config_sentence_transformers.json", {"model_type": "ColBERT", "similarity_fn_name": "MaxSim", "prompts": prompts or {},
                                                              "default_prompt_name": "all" if prompts else None} | config)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": longest - 1, "do_lower_case": False})
    unknown = tokenizer.token_to_id(special["unk_token"])
    number = lambda word: tokenizer.token_to_id(word) if tokenizer.token_to_id(word) is not None else unknown
    prefix = lambda field, usual: number(config.get(field, usual)) if config.get(field, usual) else None

    def project(x):
        for layer in layers:
            x = layer(x)
        return x

    habits = {
        "marker": {"query": prefix("query_prefix", "[Q] "), "document": prefix("document_prefix", "[D] ")},
        "length": {"query": config.get("query_length", 32), "document": config.get("document_length", 180)},
        "filler": number(special["mask_token"]) if config.get("do_query_expansion", True) else None,
        "attended": config.get("attend_to_expansion_tokens", False),
        "skipped": {number(word) for word in config.get("skiplist_words", string.punctuation)},
    }
    habits["length"] = {role: min(most, longest) for role, most in habits["length"].items()}
    expect(folder, model, tokenizer, special, habits, project, [prompts["all"]] if prompts else ("",))


def stanford(name, metadata):
    folder = OUT / name
    folder.mkdir()
    metadata = metadata or {}
    words = [metadata.get("query_token_id", "[unused0]"), metadata.get("doc_token_id", "[unused1]")]
    model, tokenizer = encoder(folder, "Bert", BERT, small(), words, 32)
    weight = torch.from_numpy(np.random.default_rng(3).normal(0, 0.4, (5, 12)).astype(np.float32))
    tensors = {f"bert.{key}": value for key, value in load_file(folder / "model.safetensors").items()} | {"linear.weight": weight}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", json.loads((folder / "config.json").read_text()) | {"architectures": ["HF_ColBERT"]})
    if metadata:
        write_json(folder / "artifact.metadata", metadata)
    habits = {
        "marker": {"query": tokenizer.token_to_id(words[0]), "document": tokenizer.token_to_id(words[1])},
        "length": {"query": min(32, metadata.get("query_maxlen", 32)), "document": min(32, metadata.get("doc_maxlen", 220))},
        "filler": tokenizer.token_to_id("[MASK]"),
        "attended": metadata.get("attend_to_mask_tokens", False),
        "skipped": {tokenizer.encode(c, add_special_tokens=False).ids[0] for c in string.punctuation} if metadata.get("mask_punctuation", True) else set(),
    }
    expect(folder, model, tokenizer, BERT, habits, lambda x: x @ weight.T)


def late_interaction():
    marks = ["[Q] ", "[D] "]
    pylate("pylate", "Bert", BERT, small(), marks, [dict(inputs=12, outputs=8)],
           dict(query_prefix="[Q] ", document_prefix="[D] ", query_length=14, document_length=20, attend_to_expansion_tokens=False, skiplist_words=list(string.punctuation),
                do_query_expansion=True))
    # Nothing said that has a default; a prompt; two layers.
    pylate("pylate_defaults", "Bert", BERT, small(), marks, [dict(inputs=12, outputs=10, bias=True, activation="torch.nn.modules.activation.Tanh", residual=True),
                                                            dict(inputs=10, outputs=10, residual=True)], {}, prompts={"all": "a story of é"})
    # Positions that are counted from padding, no markers, words that are skipped and unknown.
    pylate("pylate_attended", "Roberta", ROBERTA, ROBERTA_SIZES, [], [dict(inputs=12, outputs=6)],
           dict(query_prefix="", document_prefix="", query_length=12, attend_to_expansion_tokens=True, skiplist_words=["the", "good", "電"]))
    pylate("pylate_not_filled", "ModernBert", BERT, MODERN, marks, [dict(inputs=12, outputs=6)],
           dict(query_length=9, document_length=40, do_query_expansion=False, attend_to_expansion_tokens=True, skiplist_words=[]), longest=64)
    stanford("stanford", dict(query_token_id="[unused3]", doc_token_id="[unused4]", query_maxlen=12, doc_maxlen=18, mask_punctuation=True, attend_to_mask_tokens=False,
                              dim=5, similarity="cosine", interaction="colbert"))
    stanford("stanford_bare", None)
    stanford("stanford_attended", dict(query_maxlen=10, mask_punctuation=False, attend_to_mask_tokens=True))


# ---- MaxSim ------------------------------------------------------------------------------------------------------------


def max_sim():
    """With equal documents, equal and zero vectors, and some that f32 cannot multiply."""
    rng = np.random.default_rng(11)
    dim, queries, documents = 19, [5, 1, 0, 12, 3], rng.integers(1, 30, 90)
    q = rng.standard_normal((sum(queries), dim)).astype(np.float32)
    d = rng.standard_normal((documents.sum(), dim)).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(documents)])
    documents[7] = documents[70]
    d = np.concatenate([rng.standard_normal((n, dim)) for n in documents]).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(documents)])
    d[starts[70]:starts[71]] = d[starts[7]:starts[8]][::-1]
    d[starts[3]], d[starts[5]], d[starts[9]] = 0, d[starts[5]] * np.float32(1e25), d[starts[9]] * np.float32(1e-25)
    q[2], q[7] = 0, q[7] * np.float32(1e20)
    tensors = {"queries": q, "query_counts": np.array(queries), "documents": d, "document_counts": documents.astype(np.int64)}
    for metric in ("cosine", "dot"):
        a, b = q.astype(np.float64), d.astype(np.float64)
        products = a @ b.T
        if metric == "cosine":
            lengths = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
            products = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
        best = np.maximum.reduceat(products, starts[:-1], axis=1)
        ends = np.concatenate([[0], np.cumsum(queries)])
        with np.errstate(over="ignore"):
            scores = np.stack([best[i:j].sum(0) for i, j in zip(ends, ends[1:])]).astype(np.float32)
        index = np.argsort(-scores, axis=1, kind="stable")
        tensors |= {f"{metric}.index": index, f"{metric}.score": np.take_along_axis(scores, index, axis=1)}
    save_file({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in tensors.items()}, OUT / "max_sim.safetensors")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    hidden_states()
    write_spans()
    late_interaction()
    max_sim()
    for path in OUT.rglob("*.safetensors"):
        path.chmod(0o644)
    print(f"{sum(f.stat().st_size for f in OUT.rglob('*') if f.is_file()):,} bytes")


if __name__ == "__main__":
    main()
