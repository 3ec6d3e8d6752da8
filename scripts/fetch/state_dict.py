"""torch's oldest file format (before 1.6) read without torch, and safetensors written without safetensors.

Such a file is five things, one after another: three pickles (a magic number, a version, what the writer's machine was), a
pickle of the state dict in which a tensor names its storage, and the storages: a pickle of their keys in order, then for
each its count of values (8 bytes) and the values.
"""

import json
import pickle
import struct
from array import array
from collections import OrderedDict, namedtuple

from folders import Refused

MAGIC = 0x1950A86A20F9469CFC6C
# torch's name → the array module's, safetensors'
TYPES = {"FloatStorage": ("f", "F32"), "LongStorage": ("q", "I64")}

Tensor = namedtuple("Tensor", "type shape data")
# A tensor before its storage is read.
View = namedtuple("View", "storage offset shape stride")


def rebuild(storage, offset, shape, stride, *_):
    return View(storage, offset, shape, stride)


class Reader(pickle.Unpickler):
    """Knows what a state dict is made of, and refuses every other name: nothing of torch, or of anything else, is run."""

    KNOWN = {("collections", "OrderedDict"): OrderedDict, ("torch._utils", "_rebuild_tensor_v2"): rebuild}
    KNOWN.update({("torch", name): name for name in TYPES})

    def find_class(self, module, name):
        try:
            return self.KNOWN[module, name]
        except KeyError:
            raise Refused(f"the pickle asks for {module}.{name}, which no state dict is made of") from None

    def persistent_load(self, storage):
        _, type_name, key, *_ = storage
        return type_name, key


def load_state_dict(path):
    """The tensors of such a file by name, in its order."""
    with open(path, "rb") as file:
        if Reader(file).load() != MAGIC:
            raise Refused(f"{path} is not in torch's old file format")
        for _ in range(2):
            Reader(file).load()
        views, keys = Reader(file).load(), Reader(file).load()
        types = dict((key, type_name) for type_name, key in (view.storage for view in views.values()))
        storages = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            storages[key] = array(TYPES[types[key]][0])
            storages[key].fromfile(file, count)
    return OrderedDict((name, tensor(view, storages)) for name, view in views.items())


def tensor(view, storages):
    type_name, key = view.storage
    axes = [(length, stride) for length, stride in zip(view.shape, view.stride) if length != 1]
    return Tensor(TYPES[type_name][1], list(view.shape), in_order(storages[key], view.offset, axes).tobytes())


def in_order(values, start, axes):
    """The values that the axes (length, stride) walk over, the last axis fastest: TensorFlow's kernels are stored transposed."""
    if not axes:
        return values[start : start + 1]
    (length, stride), *inner = axes
    if not inner:
        return values[start : start + length * stride : stride]
    found = array(values.typecode)
    for i in range(length):
        found += in_order(values, start + i * stride, inner)
    return found


def save_safetensors(tensors, path):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, each in tensors.items():
        header[name] = {"dtype": each.type, "shape": each.shape, "data_offsets": [end, end + len(each.data)]}
        end += len(each.data)
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for each in tensors.values():
            file.write(each.data)
