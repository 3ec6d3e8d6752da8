"""By hand: glyxel in a process that has torch too, whichever of them came first.

    target/venv/bin/python tests/python/second_libtorch.py target/packages/minilm.pt

Both name their library libtorch_cpu.so, so the process has it once, and whoever comes second uses what the first has loaded.
"""

import ctypes
import subprocess
import sys

LIBRARY = "target/release/libglyxel.so"


class Str(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t)]


def use_glyxel(model):
    library = ctypes.CDLL(LIBRARY)
    library.glyxel_error_message.restype = ctypes.c_char_p
    handle, error, vector = ctypes.c_void_p(), ctypes.c_void_p(), (ctypes.c_float * 384)()
    source, text = Str(model.encode(), len(model.encode())), Str(b"hello", 5)
    if library.glyxel_model_load(source, None, None, ctypes.byref(handle), ctypes.byref(error)):
        sys.exit(library.glyxel_error_message(error).decode())
    if library.glyxel_embed_texts(handle, ctypes.byref(text), ctypes.c_size_t(1), None, None, vector, ctypes.c_size_t(384), ctypes.byref(error)):
        sys.exit(library.glyxel_error_message(error).decode())
    return list(vector)


def use_torch():
    import torch

    assert float((torch.ones(300, 300) @ torch.ones(300, 300)).sum()) == 300.0**3
    return torch.__version__


def main():
    model = sys.argv[1]
    if len(sys.argv) == 3:
        if sys.argv[2] == "torch first":
            use_torch()
        vector = use_glyxel(model)
        version = use_torch()
        assert use_glyxel(model) == vector
        with open("/proc/self/maps", encoding="utf-8") as maps:
            loaded = {line.split()[-1] for line in maps if "libtorch_cpu.so" in line}
        assert len(loaded) == 1, loaded
        print(f"torch {version}, {loaded.pop()}, {vector[0]:.6f}")
        return
    for order in ("torch first", "glyxel first"):
        said = subprocess.run([sys.executable, __file__, model, order], check=True, stdout=subprocess.PIPE, text=True).stdout
        print(f"{order}: {said}", end="")


if __name__ == "__main__":
    main()
