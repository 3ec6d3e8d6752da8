"""Builds tests/fixtures/pickle: one tiny random BERT in every way in which torch.save wrote tensors, and files to refuse.

    python tests/python/pickle_fixtures.py

  config.json, vocab.txt, tokenizer_config.json, model.safetensors   the checkpoint
  same/NAME.bin, same/sharded/      the same weights; NAME.safetensors beside them where the values are others
  dense.bin                         the Dense module of the fixture bert/st_dense_tanh
  refused/NAME.bin                  what has to be refused
Whatever is in same/ was read back by torch.load and found equal.
"""

import json
import os
import pickle
import shutil
import struct
import tarfile
import zipfile
from collections import OrderedDict
from io import BytesIO
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "pickle"
SAME, REFUSED = OUT / "same", OUT / "refused"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *("##" + c for c in LETTERS)]
LEGACY = dict(_use_new_zipfile_serialization=False)


def model():
    config = transformers.BertConfig(vocab_size=len(VOCAB), hidden_size=4, num_hidden_layers=1, num_attention_heads=2,
                                     intermediate_size=6, max_position_embeddings=16)
    torch.manual_seed(7)
    model = transformers.BertModel(config).eval()
    for name, value in model.named_parameters():
        noise = torch.randn_like(value) * 0.4
        value.data = 1 + noise if name.endswith("LayerNorm.weight") else noise
    return model


def check(path, tensors):
    """torch.load gives these tensors."""
    # weights_only takes protocol 2 alone; the files are ours.
    loaded = torch.load(path, weights_only="protocol" not in path.name)
    assert loaded.keys() == tensors.keys(), path
    for name, value in tensors.items():
        assert loaded[name].dtype == value.dtype and torch.equal(loaded[name], value.detach()), (path, name)


def same(name, tensors, twin=None, **how):
    path = SAME / f"{name}.bin"
    torch.save(tensors, path, **how)
    check(path, tensors)
    if twin:
        save_file({k: v.detach().clone(memory_format=torch.contiguous_format) for k, v in tensors.items()},
                  SAME / f"{name}.safetensors")


def views(tensors):
    """The same values as parts of one storage, matrices transposed, one weight shared by two names."""
    memory, place, views = torch.zeros(sum(v.numel() for v in tensors.values()) + 3), 3, {}
    for name, value in tensors.items():
        view = memory[place:place + value.numel()]
        view = view.view(value.T.shape).T if value.dim() == 2 else view.view(value.shape)
        view.copy_(value)
        views[name], place = view, place + value.numel()
    views["pooler.tied.weight"] = views["pooler.dense.weight"]
    return views


def parameters(tensors):
    """Parameters in the place of tensors; some have attributes, as those of newer transformers do."""
    made = {name: torch.nn.Parameter(value) for name, value in tensors.items()}
    for value in list(made.values())[::3]:
        value._is_hf_initialized = True
    return made


KINDS = {
    "f64": torch.tensor([[1.5, -2.0], [3.25, 1e300]], dtype=torch.float64),
    "f32": torch.tensor([0.1, -0.0, float("inf")]),
    "f16": torch.tensor([[0.5], [65504.0]], dtype=torch.float16),
    "bf16": torch.tensor([1.0, -3.0, 1e38], dtype=torch.bfloat16),
    "i64": torch.tensor([[1, -1, 2**62]]),
    "i32": torch.tensor([7, -(2**31)], dtype=torch.int32),
    "i16": torch.tensor([-3, 300], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(42),
    "empty": torch.zeros(0, 3),
}


# ---- what no Python of today writes ------------------------------------------------------------------------------------


def text(value):
    """A str as Python 2 pickled it."""
    return b"U" + bytes([len(value)]) + value.encode()


def number(value):
    return b"J" + struct.pack("<i", value)


def row(values):
    return b"(" + b"".join(values) + b"t"


def legacy(path, obj, keys, storages):
    """A file in the format before 1.6 of the object's pickle and the storages' bytes."""
    with open(path, "wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}):
            pickle.dump(part, file, protocol=2)
        file.write(b"\x80\x02" + obj + b".")
        pickle.dump(keys, file, protocol=2)
        for len, values in storages:
            file.write(struct.pack("<q", len) + values)


def python2(path, tensors):
    """As PyTorch 0.1 under Python 2: an OrderedDict with its items as lists, _rebuild_tensor, views of one storage."""
    total = sum(v.numel() for v in tensors.values())
    items, place = b"", 0
    for i, (name, value) in enumerate(tensors.items()):
        view = row([text(f"view{i}"), number(place), number(value.numel())])
        storage = row([text("storage"), b"ctorch\nFloatStorage\n", text("root"), text("cpu"), number(total), view]) + b"Q"
        sizes = [row(map(number, part)) for part in (value.shape, value.stride())]
        tensor = b"ctorch._utils\n_rebuild_tensor\n" + row([storage, number(0), *sizes]) + b"R"
        items += b"](" + text(name) + tensor + b"e"
        place += value.numel()
    obj = b"ccollections\nOrderedDict\n](" + items + b"e\x85R"
    legacy(path, obj, ["root"], [(total, b"".join(v.contiguous().numpy().tobytes() for v in tensors.values()))])


# ---- what has to be refused --------------------------------------------------------------------------------------------


class Calls:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def edited(source, path, change, compression=zipfile.ZIP_STORED):
    """A zip archive with other entries: `change` gets name and bytes and gives the bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", compression) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), change(name, old.read(name)), compression)


def refused(tensors):
    bias = {"pooler.dense.bias": tensors["pooler.dense.bias"]}
    save = lambda name, value, **how: torch.save(value, REFUSED / f"{name}.bin", **how)
    save("os_system", bias | {"x": Calls(os.system, "echo run by a pickle")})
    save("os_system_legacy", Calls(os.system, "echo run by a pickle"), **LEGACY)
    save("eval", Calls(eval, "print('run by a pickle')"), pickle_protocol=4)
    save("module", torch.nn.Linear(2, 2))
    save("module_legacy", torch.nn.Linear(2, 2), **LEGACY)
    save("numpy", bias | {"x": np.zeros(2)})
    save("list", list(bias.values()))
    save("tensor", tensors["pooler.dense.bias"])
    save("nested", {"state_dict": bias, "epoch": 3})
    save("number", bias | {"epoch": 3})
    save("number_for_name", {7: tensors["pooler.dense.bias"]})
    save("quantized", {"x": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)})
    save("complex", {"x": torch.ones(2, dtype=torch.complex64)})
    save("sparse", {"x": torch.eye(2).to_sparse()})
    save("uint16", {"x": torch.ones(2, dtype=torch.uint16)})
    save("expanded", {"x": torch.ones(1).expand(3)})
    save("negated", {"x": torch.view_as_complex(torch.ones(2, 2)).conj().imag})
    save("storage", {"x": torch.ones(2).untyped_storage()})
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), REFUSED / "torchscript.bin")
    save("whole", bias)
    whole = REFUSED / "whole.bin"
    edited(whole, REFUSED / "big_endian.bin", lambda name, old: b"big" if name.endswith("byteorder") else old)
    edited(whole, REFUSED / "deflated.bin", lambda name, old: old, zipfile.ZIP_DEFLATED)
    module = b"(" + text("module") + b"N" * 2 + b"tQ"
    edited(whole, REFUSED / "persistent_id.bin", lambda name, old: module + b"." if name.endswith(".pkl") else old)
    whole.unlink()
    with open(REFUSED / "big_endian_legacy.bin", "wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": False, "type_sizes": {}}):
            pickle.dump(part, file, protocol=2)
    (REFUSED / "plain_pickle.bin").write_bytes(pickle.dumps({"x": 1}))
    with tarfile.open(REFUSED / "tar.bin", "w") as tar:
        entry = tarfile.TarInfo("storages")
        entry.size = 4
        tar.addfile(entry, BytesIO(b"\x80\x02K\x00"))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for folder in (SAME / "sharded", REFUSED):
        folder.mkdir(parents=True)
    bert = model()
    bert.save_pretrained(OUT)
    (OUT / "model.safetensors").chmod(0o644)
    (OUT / "vocab.txt").write_text("\n".join(VOCAB) + "\n", encoding="utf-8")
    (OUT / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "do_lower_case": true}\n')
    state = bert.state_dict()
    plain = {name: value.clone() for name, value in state.items()}

    same("zip", state)
    same("zip_protocol_5", state, pickle_protocol=5)
    torch.serialization.set_crc32_options(False)
    same("zip_no_checksums", plain)
    torch.serialization.set_crc32_options(True)
    same("zip_parameters", parameters(plain))
    same("zip_views", views(plain), twin=True)
    same("zip_bf16", {k: v.to(torch.bfloat16) for k, v in plain.items()}, twin=True)
    same("zip_position_ids", {f"bert.{k}": v for k, v in plain.items()}
         | {"bert.embeddings.position_ids": torch.arange(16).expand((1, -1))}, twin=True)
    same("legacy", state, **LEGACY)
    same("legacy_parameters", parameters(plain), **LEGACY)
    same("legacy_views", views(plain), twin=True, **LEGACY)
    same("legacy_f16", {k: v.half() for k, v in plain.items()}, twin=True, **LEGACY)
    same("kinds_zip", KINDS, twin=True)
    same("kinds_legacy", KINDS, twin=True, **LEGACY)
    python2(SAME / "python2.bin", plain)
    check(SAME / "python2.bin", plain)

    names, half = list(plain), len(plain) // 2
    shards = {"pytorch_model-00001-of-00002.bin": names[:half], "pytorch_model-00002-of-00002.bin": names[half:]}
    for shard, part in shards.items():
        torch.save({name: plain[name] for name in part}, SAME / "sharded" / shard)
    index = {"metadata": {}, "weight_map": {name: shard for shard, part in shards.items() for name in part}}
    (SAME / "sharded" / "pytorch_model.bin.index.json").write_text(json.dumps(index) + "\n")

    dense = OUT.parent / "bert" / "st_dense_tanh" / "2_Dense" / "model.safetensors"
    tensors = OrderedDict(load_file(dense))
    torch.save(tensors, OUT / "dense.bin")

    refused(plain)
    files = [f for f in OUT.rglob("*") if f.is_file()]
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files):,} bytes")


if __name__ == "__main__":
    main()
