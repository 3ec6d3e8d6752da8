"""The text part of include/glyxel.h through ctypes, for parity.py and benches/. No package: two classes.

    library = Glyxel("target/release/libglyxel.so")
    with library.load("path/to/model", precision="bf16") as model:
        vectors = model.embed(["a text", "another"])        # float32, texts x dim
"""

import ctypes
import json
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

import numpy as np

STATUS = ["OK", "INVALID_ARGUMENT", "INVALID_HANDLE", "NOT_FOUND", "BAD_MODEL", "UNSUPPORTED", "IO", "NETWORK",
          "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "DEVICE", "INTERNAL"]


class Str(ctypes.Structure):
    """Pointer and length: an embedded NUL is data."""

    _fields_ = [("ptr", c_char_p), ("len", c_size_t)]

    def __init__(self, text=""):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        super().__init__(data, len(data))


class EmbedOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("normalize", c_int32), ("dim", c_uint32), ("reserved", c_uint32), ("prompt", Str)]


class GlyxelError(Exception):
    def __init__(self, status, message):
        super().__init__(f"{STATUS[status] if 0 <= status < len(STATUS) else status}: {message}")
        self.status = status


SIGNATURES = {
    "glyxel_version": (c_char_p, []),
    "glyxel_build_info": (c_char_p, []),
    "glyxel_error_message": (c_char_p, [c_void_p]),
    "glyxel_error_free": (None, [c_void_p]),
    "glyxel_configure": (c_int32, [Str, Str, c_void_p]),
    "glyxel_shutdown": (c_int32, [c_uint64, c_void_p]),
    "glyxel_options_new": (c_int32, [c_void_p, c_void_p]),
    "glyxel_options_set": (c_int32, [c_void_p, Str, Str, c_void_p]),
    "glyxel_options_free": (None, [c_void_p]),
    "glyxel_model_load": (c_int32, [Str, c_void_p, c_void_p, c_void_p, c_void_p]),
    "glyxel_model_save": (c_int32, [c_void_p, Str, c_void_p]),
    "glyxel_model_info": (c_char_p, [c_void_p]),
    "glyxel_model_dim": (c_size_t, [c_void_p]),
    "glyxel_model_free": (None, [c_void_p]),
    "glyxel_embed_texts": (c_int32, [c_void_p, POINTER(Str), c_size_t, POINTER(EmbedOptions), c_void_p, POINTER(c_float), c_size_t, c_void_p]),
    "glyxel_count_tokens": (c_int32, [c_void_p, POINTER(Str), c_size_t, POINTER(c_size_t), c_size_t, c_void_p]),
}


class Glyxel:
    def __init__(self, path, **settings):
        self.dll = ctypes.CDLL(path)
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(self.dll, name)
            function.restype, function.argtypes = result, arguments
        for name, value in settings.items():
            self.call("glyxel_configure", Str(name), Str(value_text(value)))

    def call(self, name, *arguments):
        error = c_void_p()
        status = getattr(self.dll, name)(*arguments, byref(error))
        if status != 0:
            message = (self.dll.glyxel_error_message(error) or b"").decode("utf-8")
            self.dll.glyxel_error_free(error)
            raise GlyxelError(status, message)

    @property
    def version(self):
        return self.dll.glyxel_version().decode("utf-8")

    @property
    def build_info(self):
        return self.dll.glyxel_build_info().decode("utf-8")

    def load(self, source, **options):
        handle = c_void_p()
        self.call("glyxel_options_new", byref(handle))
        try:
            for name, value in options.items():
                self.call("glyxel_options_set", handle, Str(name), Str(value_text(value)))
            model = c_void_p()
            self.call("glyxel_model_load", Str(str(source)), handle, None, byref(model))
        finally:
            self.dll.glyxel_options_free(handle)
        return Model(self, model)

    def shutdown(self, timeout_ms=0):
        self.call("glyxel_shutdown", timeout_ms)


class Model:
    def __init__(self, library, handle):
        self.library, self.handle = library, handle
        self.dim = library.dll.glyxel_model_dim(handle)
        self.info = json.loads(library.dll.glyxel_model_info(handle) or b"null")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.free()

    def free(self):
        self.library.dll.glyxel_model_free(self.handle)
        self.handle = None

    def save(self, path):
        self.library.call("glyxel_model_save", self.handle, Str(str(path)))

    def embed(self, texts, normalize=None, dim=0, prompt=""):
        options = EmbedOptions(ctypes.sizeof(EmbedOptions), {None: 0, True: 1, False: 2}[normalize], dim, 0, Str(prompt))
        out = np.empty((len(texts), dim or self.dim), dtype=np.float32)
        self.library.call("glyxel_embed_texts", self.handle, strings(texts), len(texts), byref(options), None,
                          out.ctypes.data_as(POINTER(c_float)), out.size)
        return out

    def count_tokens(self, texts):
        out = (c_size_t * len(texts))()
        self.library.call("glyxel_count_tokens", self.handle, strings(texts), len(texts), out, len(texts))
        return list(out)


def strings(texts):
    return (Str * len(texts))(*map(Str, texts))


def value_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
