"""Builds tests/fixtures/bert: small random BERTs and what transformers and sentence-transformers make of them.

    python tests/python/bert_fixtures.py            # all, into tests/fixtures/bert

Each fixture is a checkpoint folder that also holds
  expected.json         dim, max_length, prompts; for each of texts.json: its token ids after truncation, its count before
  expected.safetensors  embeddings (texts x dim); where the model has prompts, embeddings.NAME by the prompt of that name
                        and embeddings.none without;
                        input_ids, attention_mask, token_type_ids (a batch with left padding and a hole in a mask),
                        last_hidden_state and pooled: what the transformer and the whole pipeline make of that batch
"""

import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from transformers.activations import ACT2CLS, ACT2FN

from fixture_parts import TEXTS, VOCAB, expect, old_names, randomize, rewrite_weights, write_json

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "bert"
HIDDEN = 12


# ---- parts of a checkpoint -------------------------------------------------------------------------------------------


def bert_config(**changes):
    values = dict(
        vocab_size=len(VOCAB), hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=32, type_vocab_size=2, layer_norm_eps=1e-12,
    )
    return transformers.BertConfig(**{**values, **changes})


def write_tokenizer(folder, vocab=VOCAB, vocab_txt=False, **settings):
    if vocab_txt:
        (folder / "vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
        write_json(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", **settings})
        return
    tokenizer = transformers.BertTokenizer(vocab={token: i for i, token in enumerate(vocab)}, **settings)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer.json"
    write_json(path, json.loads(path.read_text(encoding="utf-8")))  # as it is, but on one line: a third of the size


def with_position_ids(tensors):
    return tensors | {"bert.embeddings.position_ids": torch.arange(32).unsqueeze(0)}


def without_pooler(tensors):
    return {k: v for k, v in tensors.items() if "pooler" not in k}


def checkpoint(name, folder, config=None, kind="BertModel", dtype=None, shard=None, change=None, tokenizer=None):
    folder.mkdir(parents=True)
    model = randomize(getattr(transformers, kind)(bert_config(**(config or {}))), name)
    if dtype:
        model = model.to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if change:
        rewrite_weights(folder, change)
    write_tokenizer(folder, **(tokenizer or {}))


# ---- plain BERT checkpoints ------------------------------------------------------------------------------------------

PLAIN = {
    "plain": dict(config=dict(hidden_size=32, num_attention_heads=4, intermediate_size=40, num_hidden_layers=2)),
    "heads_of_ten": dict(config=dict(hidden_size=30, num_attention_heads=3, intermediate_size=17, type_vocab_size=1,
                                     hidden_act="gelu_new", layer_norm_eps=1e-5)),
    "one_head": dict(config=dict(num_attention_heads=1, num_hidden_layers=4, type_vocab_size=3, hidden_act="relu",
                                 layer_norm_eps=1e-3)),
    "padding_id": dict(config=dict(pad_token_id=7, max_position_embeddings=12),
                       tokenizer=dict(vocab=VOCAB[1:8] + ["[PAD]"] + VOCAB[8:])),
    "f16": dict(dtype=torch.float16),
    "bf16": dict(dtype=torch.bfloat16),
    "sharded": dict(config=dict(num_hidden_layers=2), shard="8KB"),
    "masked_lm": dict(kind="BertForMaskedLM"),
    "pretraining": dict(kind="BertForPreTraining", change=with_position_ids),
    "sequence_classification": dict(kind="BertForSequenceClassification", config=dict(num_labels=3)),
    "gamma_beta": dict(kind="BertForPreTraining", change=old_names),
    "no_pooler": dict(change=without_pooler),
    "vocab_txt": dict(tokenizer=dict(vocab_txt=True, do_lower_case=True, model_max_length=24)),
    "vocab_txt_cased": dict(tokenizer=dict(vocab_txt=True, do_lower_case=False, strip_accents=True,
                                           tokenize_chinese_chars=False)),
}


def activations(folder):
    """One checkpoint, its hidden states under every activation name, and the functions themselves on a grid."""
    grid = torch.tensor([-20.0, -10.5, -6, -4, -3, -2.5, -2, -1.5, -1, -0.75, -0.5, -0.25, -1e-3, 0,
                         1e-3, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 6, 6.5, 10.5, 20])
    functions = {n: ACT2FN[n] for n in ACT2CLS}
    learned = {n: sorted(f.state_dict()) for n, f in functions.items() if f.state_dict()}
    plain = {n: f for n, f in functions.items() if n not in learned}
    with torch.inference_mode():
        values = {n: f(grid).tolist() for n, f in plain.items()}
    write_json(OUT / "activations.json", {"grid": grid.tolist(), "values": values, "with_weights_of_their_own": learned})

    checkpoint("activations", folder)
    expect("activations", folder)
    path = folder / "expected.safetensors"
    tensors = load_file(path)
    batch = {k: tensors[k] for k in ("input_ids", "attention_mask", "token_type_ids")}
    for name in plain:
        model = transformers.BertModel.from_pretrained(folder, hidden_act=name, dtype=torch.float32).eval()
        with torch.inference_mode():
            tensors[f"last_hidden_state.{name}"] = model(**batch).last_hidden_state
    save_file(tensors, path)


# ---- sentence-transformers folders -----------------------------------------------------------------------------------

OLD = "sentence_transformers.models."
NEW = {"Transformer": "sentence_transformers.base.modules.transformer.Transformer",
       "Pooling": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
       "Dense": "sentence_transformers.base.modules.dense.Dense",
       "Normalize": "sentence_transformers.base.modules.normalize.Normalize"}


def pooling(*modes, dim=HIDDEN, **more):
    """A Pooling config as releases before 5.4 wrote it: a flag for each mode."""
    flags = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    return "Pooling", {"word_embedding_dimension": dim} | {f"pooling_mode_{f}": f in modes for f in flags} | more


def new_pooling(mode, dim=HIDDEN, **more):
    return "Pooling", {"embedding_dimension": dim, "pooling_mode": mode, "include_prompt": True} | more


def dense(inputs, outputs, bias=True, activation="torch.nn.modules.activation.Tanh", **more):
    return "Dense", {"in_features": inputs, "out_features": outputs, "bias": bias, "activation_function": activation} | more


IDENTITY = "torch.nn.modules.linear.Identity"
NORMALIZE = ("Normalize", None)
PROMPTS = {"prompts": {"query": "query: ", "document": "", "long": "the story of the river and of the film is "}}
SENTENCE = {
    "st_cls": dict(modules=[pooling("cls_token")]),
    "st_mean": dict(modules=[pooling("mean_tokens"), NORMALIZE], bert=dict(max_seq_length=20, do_lower_case=False)),
    "st_max": dict(modules=[pooling("max_tokens")]),
    "st_mean_sqrt_len": dict(modules=[pooling("mean_sqrt_len_tokens")]),
    "st_weightedmean": dict(modules=[pooling("weightedmean_tokens")]),
    "st_lasttoken": dict(modules=[pooling("lasttoken")]),
    "st_concat": dict(modules=[pooling("mean_tokens", "cls_token", "max_tokens")]),
    "st_concat_new": dict(modules=[new_pooling(["mean", "cls", "lasttoken"])], names=NEW),
    "st_dense_tanh": dict(modules=[pooling("mean_tokens"), dense(HIDDEN, 10)]),
    "st_dense_identity": dict(modules=[new_pooling("mean"), dense(HIDDEN, 24, False, IDENTITY), NORMALIZE], names=NEW),
    "st_dense_chain": dict(modules=[pooling("mean_tokens", "cls_token"),
                                    dense(2 * HIDDEN, 14, True, "torch.nn.modules.activation.GELU"),
                                    dense(14, 14, True, "torch.nn.modules.activation.Sigmoid")]),
    "st_dense_residual": dict(modules=[new_pooling("mean"), dense(HIDDEN, HIDDEN, use_residual=True),
                                       dense(HIDDEN, 8, True, IDENTITY, use_residual=True)], names=NEW),
    "st_prompts": dict(modules=[pooling("mean_tokens"), NORMALIZE], st=PROMPTS | {"default_prompt_name": "query"}),
    "st_prompt_excluded": dict(modules=[pooling("mean_tokens", include_prompt=False)],
                               st=PROMPTS | {"default_prompt_name": "query"}),
    "st_prompt_excluded_all": dict(modules=[new_pooling(["cls", "max", "weightedmean", "lasttoken"], include_prompt=False)],
                                   names=NEW, st=PROMPTS | {"default_prompt_name": "query"}),
    "st_truncate_dim": dict(modules=[pooling("mean_tokens"), NORMALIZE], st={"truncate_dim": 8}),
    "st_lower_case": dict(modules=[pooling("mean_tokens")], bert=dict(max_seq_length=8, do_lower_case=True),
                          tokenizer=dict(do_lower_case=False)),
    "st_old_layout": dict(modules=[pooling("mean_tokens")], bert=dict(max_seq_length=10, do_lower_case=False),
                          transformer="0_Transformer"),
}


def dense_weights(name, path, config):
    rng = np.random.default_rng(zlib.crc32(f"{name}/{path.name}".encode()))
    draw = lambda *shape: torch.from_numpy(rng.normal(0, 0.3, shape).astype(np.float32))
    inputs, outputs = config["in_features"], config["out_features"]
    tensors = {"linear.weight": draw(outputs, inputs)}
    if config["bias"]:
        tensors["linear.bias"] = draw(outputs)
    if config.get("use_residual") and inputs != outputs:
        tensors["residual.weight"] = draw(outputs, inputs)
    save_file(tensors, path / "model.safetensors")


def sentence_folder(name, folder, modules, names=None, bert=None, st=None, transformer="", tokenizer=None):
    type_of = lambda kind: names[kind] if names else OLD + kind
    checkpoint(name, folder / transformer, tokenizer=tokenizer)
    entries = [{"idx": 0, "name": "0", "path": transformer, "type": type_of("Transformer")}]
    for i, (kind, config) in enumerate(modules, 1):
        path = folder / f"{i}_{kind}"
        entries.append({"idx": i, "name": str(i), "path": path.name, "type": type_of(kind)})
        if config is not None:
            write_json(path / "config.json", config)
        if kind == "Dense":
            dense_weights(name, path, config)
    write_json(folder / "modules.json", entries)
    if bert:
        write_json(folder / transformer / "sentence_bert_config.json", bert)
    if st:
        write_json(folder / "config_sentence_transformers.json", st)


def saved_by_itself(folder):
    """A folder as sentence-transformers itself writes one today."""
    source = OUT / "st_mean"
    model = SentenceTransformer(str(source), device="cpu", local_files_only=True, prompts={"query": "query: "})
    model.save(str(folder), create_model_card=False)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    write_json(OUT / "texts.json", TEXTS)
    activations(OUT / "activations")
    for name, how in PLAIN.items():
        checkpoint(name, OUT / name, **how)
        expect(name, OUT / name)
    for name, how in SENTENCE.items():
        sentence_folder(name, OUT / name, **how)
        expect(name, OUT / name)
    saved_by_itself(OUT / "st_saved")
    expect("st_saved", OUT / "st_saved")
    for path in OUT.rglob("*.safetensors"):
        path.chmod(0o644)
    size = sum(f.stat().st_size for f in OUT.rglob("*") if f.is_file())
    print(f"{len(PLAIN) + len(SENTENCE) + 2} fixtures, {size:,} bytes")


if __name__ == "__main__":
    main()
