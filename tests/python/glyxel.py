"""include/glyxel.h through ctypes, for parity.py, parity_images.py and benches/. No package: two classes.

    library = Glyxel("target/release/libglyxel.so")
    with library.load("path/to/model", precision="bf16") as model:
        vectors = model.embed(["a text", "another"])        # float32, texts x dim
        vectors = model.embed_images([jpeg_bytes, array])   # an array is uint8: rows x columns, x 3 (RGB) or 4 (RGBA)
        model.classify_images([jpeg_bytes], top_k=3)        # for each picture [(label, index, score), ...]
        model.classify_texts(["a text"]), model.score_pairs([("a query", "a document")]), model.zero_shot_texts(["a text"], ["a label"])
"""

import ctypes
import json
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

import numpy as np

STATUS = ["OK", "INVALID_ARGUMENT", "INVALID_HANDLE", "NOT_FOUND", "BAD_MODEL", "UNSUPPORTED", "IO", "NETWORK",
          "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "DEVICE", "INTERNAL"]


class Str(ctypes.Structure):
    """Pointer and length: an embedded NUL is data."""

    _fields_ = [("ptr", c_char_p), ("len", c_size_t)]

    def __init__(self, text=""):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        super().__init__(data, len(data))

    def text(self):
        # As a c_char_p it would be read up to a NUL that need not be there.
        return ctypes.string_at(c_void_p.from_buffer(self), self.len).decode("utf-8")


class EmbedOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("normalize", c_int32), ("dim", c_uint32), ("reserved", c_uint32), ("prompt", Str)]


class Image(ctypes.Structure):
    """A picture's file as bytes, or its pixels as an array. It keeps what it points at."""

    _fields_ = [("struct_size", c_uint32), ("format", c_int32), ("width", c_uint32), ("height", c_uint32), ("row_stride", c_size_t),
                ("data", c_void_p), ("len", c_size_t), ("bottom_up", c_int32), ("reserved", c_uint32)]
    CHANNELS = {3: 1, 4: 2, 1: 4}  # GLYXEL_RGB8, GLYXEL_RGBA8, GLYXEL_GRAY8

    def __init__(self, picture):
        super().__init__(ctypes.sizeof(Image))
        if isinstance(picture, bytes):
            self.kept = picture
            self.data, self.len = ctypes.cast(c_char_p(picture), c_void_p), len(picture)
        else:
            self.kept = pixels = np.ascontiguousarray(picture, dtype=np.uint8)
            self.format = self.CHANNELS[pixels.shape[2] if pixels.ndim == 3 else 1]
            self.height, self.width = pixels.shape[:2]
            self.data, self.len = pixels.ctypes.data, pixels.nbytes


class TaskOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("activation", c_int32), ("top_k", c_uint32), ("reserved", c_uint32), ("template", Str),
                ("templates", POINTER(Str)), ("n_templates", c_size_t)]

    def __init__(self, activation=None, top_k=0, templates=()):
        number = [None, "none", "softmax", "sigmoid"].index(activation)
        super().__init__(ctypes.sizeof(TaskOptions), number, top_k, 0, Str(), strings(templates), len(templates))


class TokenOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("layer", c_int32), ("role", c_int32), ("normalize", c_int32), ("prompt", Str)]


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
    "glyxel_embed_images": (c_int32, [c_void_p, POINTER(Image), c_size_t, POINTER(EmbedOptions), c_void_p, POINTER(c_float), c_size_t, c_void_p]),
    "glyxel_classify_texts": (c_int32, [c_void_p, POINTER(Str), c_size_t, POINTER(TaskOptions), c_void_p, c_void_p, c_void_p]),
    "glyxel_score_pairs": (c_int32, [c_void_p, POINTER(Str), POINTER(Str), c_size_t, POINTER(TaskOptions), c_void_p, POINTER(c_float), c_size_t, c_void_p]),
    "glyxel_zero_shot_texts": (c_int32, [c_void_p, POINTER(Str), c_size_t, POINTER(Str), c_size_t, POINTER(TaskOptions), c_void_p,
                                         POINTER(c_float), c_size_t, c_void_p]),
    "glyxel_classify_images": (c_int32, [c_void_p, POINTER(Image), c_size_t, POINTER(TaskOptions), c_void_p, c_void_p, c_void_p]),
    "glyxel_zero_shot_images": (c_int32, [c_void_p, POINTER(Image), c_size_t, POINTER(Str), c_size_t, POINTER(TaskOptions), c_void_p,
                                          POINTER(c_float), c_size_t, c_void_p]),
    "glyxel_predictions_count": (c_size_t, [c_void_p, c_size_t]),
    "glyxel_predictions_get": (c_int32, [c_void_p, c_size_t, c_size_t, POINTER(Str), POINTER(c_int64), POINTER(c_float)]),
    "glyxel_predictions_free": (None, [c_void_p]),
    "glyxel_top_k": (c_int32, [c_void_p, c_size_t, c_void_p, c_size_t, c_size_t, c_int32, c_size_t, c_void_p, c_void_p, c_void_p, c_void_p]),
    "glyxel_recommend": (c_int32, [c_void_p, c_size_t, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t, c_int32, c_size_t, c_void_p, c_void_p,
                                   c_void_p, c_void_p]),
    "glyxel_duplicates": (c_int32, [c_void_p, c_size_t, c_size_t, c_float, c_size_t, c_void_p, c_void_p, c_void_p]),
    "glyxel_pairs_count": (c_size_t, [c_void_p]),
    "glyxel_pairs_get": (c_int32, [c_void_p, c_size_t, POINTER(c_uint64), POINTER(c_uint64), POINTER(c_float)]),
    "glyxel_pairs_free": (None, [c_void_p]),
    "glyxel_quantize_ranges": (c_int32, [c_void_p, c_size_t, c_size_t, c_void_p, c_void_p, c_size_t, c_void_p]),
    "glyxel_quantize": (c_int32, [c_void_p, c_size_t, c_size_t, c_int32, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p]),
    "glyxel_top_k_quantized": (c_int32, [c_void_p, c_size_t, c_void_p, c_size_t, c_size_t, c_int32, c_size_t, c_void_p, c_uint32, c_void_p,
                                         c_void_p, c_void_p, c_void_p]),
    "glyxel_max_sim": (c_int32, [c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_size_t, c_size_t, c_int32, c_size_t, c_void_p, c_void_p, c_void_p,
                                 c_void_p]),
    "glyxel_embed_tokens": (c_int32, [c_void_p, POINTER(Str), c_size_t, POINTER(TokenOptions), c_void_p, c_void_p, c_void_p]),
    "glyxel_tokens_dim": (c_size_t, [c_void_p]),
    "glyxel_tokens_vectors": (c_int32, [c_void_p, c_void_p, c_void_p]),
    "glyxel_tokens_free": (None, [c_void_p]),
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

    def top_k(self, queries, corpus, k, metric="cosine"):
        """Places and scores of the nearest, rows of k."""
        queries, corpus = rows(queries), rows(corpus)
        index, score = found(len(queries), k)
        self.call("glyxel_top_k", queries.ctypes.data, len(queries), corpus.ctypes.data, len(corpus), corpus.shape[1], METRICS.index(metric), k,
                  None, index.ctypes.data, score.ctypes.data)
        return index, score

    def max_sim(self, queries, documents, k, metric="cosine"):
        """Places and scores of the best documents, rows of k; a query and a document is an array of vectors."""
        counts = [np.array([len(one) for one in side], dtype=np.uintp) for side in (queries, documents)]
        vectors = [rows(np.concatenate(side)) for side in (queries, documents)]
        index, score = found(len(queries), k)
        self.call("glyxel_max_sim", vectors[0].ctypes.data, counts[0].ctypes.data, len(queries), vectors[1].ctypes.data, counts[1].ctypes.data,
                  len(documents), vectors[0].shape[1], METRICS.index(metric), k, None, index.ctypes.data, score.ctypes.data)
        return index, score

    def recommend(self, items, liked, seen, k, metric="cosine"):
        items, liked, seen = rows(items), rows(liked, np.uint64), rows(seen, np.uint64)
        index, score = found(1, k)
        self.call("glyxel_recommend", items.ctypes.data, len(items), items.shape[1], liked.ctypes.data, len(liked), seen.ctypes.data, len(seen),
                  METRICS.index(metric), k, None, index.ctypes.data, score.ctypes.data)
        return index[0], score[0]

    def duplicates(self, vectors, threshold, max_pairs=0):
        """[(score, first, second), ...], the best first."""
        vectors, pairs = rows(vectors), c_void_p()
        self.call("glyxel_duplicates", vectors.ctypes.data, len(vectors), vectors.shape[1], threshold, max_pairs, None, byref(pairs))
        try:
            return [self.pair(pairs, rank) for rank in range(self.dll.glyxel_pairs_count(pairs))]
        finally:
            self.dll.glyxel_pairs_free(pairs)

    def pair(self, pairs, rank):
        first, second, score = c_uint64(), c_uint64(), c_float()
        self.dll.glyxel_pairs_get(pairs, rank, byref(first), byref(second), byref(score))
        return score.value, first.value, second.value

    def quantize_ranges(self, vectors):
        vectors = rows(vectors)
        ranges = np.empty((2, vectors.shape[1]), np.float32)
        self.call("glyxel_quantize_ranges", vectors.ctypes.data, len(vectors), vectors.shape[1], None, ranges.ctypes.data, ranges.size)
        return ranges

    def quantize(self, vectors, codes, ranges=None):
        vectors, ranges = rows(vectors), None if ranges is None else rows(ranges)
        width = vectors.shape[1] if codes.endswith("int8") else (vectors.shape[1] + 7) // 8
        out = np.empty((len(vectors), width), np.uint8 if codes.startswith("u") else np.int8)
        self.call("glyxel_quantize", vectors.ctypes.data, len(vectors), vectors.shape[1], CODES.index(codes),
                  None if ranges is None else ranges.ctypes.data, None, out.ctypes.data, out.nbytes)
        return out

    def top_k_quantized(self, queries, corpus, dim, codes, k, float_queries=None, rescore=0):
        queries, corpus = rows(queries, queries.dtype), rows(corpus, corpus.dtype)
        floats = None if float_queries is None else rows(float_queries)
        index, score = found(len(queries), k)
        self.call("glyxel_top_k_quantized", queries.ctypes.data, len(queries), corpus.ctypes.data, len(corpus), dim, CODES.index(codes), k,
                  None if floats is None else floats.ctypes.data, rescore, None, index.ctypes.data, score.ctypes.data)
        return index, score

    def shutdown(self, timeout_ms=0):
        self.call("glyxel_shutdown", timeout_ms)


METRICS = ["cosine", "dot", "euclidean"]
CODES = ["int8", "uint8", "binary", "ubinary"]


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
        return self.vectors("glyxel_embed_texts", strings(texts), normalize, dim, prompt)

    def embed_tokens(self, texts, layer=0, role=0):
        """An array of vectors for each text."""
        out, options = c_void_p(), TokenOptions(ctypes.sizeof(TokenOptions), layer, role, 0, Str(""))
        self.library.call("glyxel_embed_tokens", self.handle, strings(texts), len(texts), byref(options), None, byref(out))
        try:
            vectors, counts, dim = POINTER(c_float)(), POINTER(c_size_t)(), self.library.dll.glyxel_tokens_dim(out)
            self.library.dll.glyxel_tokens_vectors(out, byref(vectors), byref(counts))
            counts = counts[:len(texts)]
            whole = np.ctypeslib.as_array(vectors, (sum(counts), dim)).copy()
            return np.split(whole, np.cumsum(counts)[:-1])
        finally:
            self.library.dll.glyxel_tokens_free(out)

    def embed_images(self, pictures, normalize=None, dim=0):
        # The structs in an array are copies; those of the list keep the pictures.
        kept = list(map(Image, pictures))
        return self.vectors("glyxel_embed_images", images(kept), normalize, dim, "")

    def vectors(self, function, inputs, normalize, dim, prompt):
        options = EmbedOptions(ctypes.sizeof(EmbedOptions), {None: 0, True: 1, False: 2}[normalize], dim, 0, Str(prompt))
        out = np.empty((len(inputs), dim or self.dim), dtype=np.float32)
        self.library.call(function, self.handle, inputs, len(inputs), byref(options), None, out.ctypes.data_as(POINTER(c_float)), out.size)
        return out

    def classify_texts(self, texts, top_k=0, activation=None):
        return self.classified("glyxel_classify_texts", strings(texts), top_k, activation)

    def classify_images(self, pictures, top_k=0, activation=None):
        # The structs in an array are copies; those of the list keep the pictures.
        kept = list(map(Image, pictures))
        return self.classified("glyxel_classify_images", images(kept), top_k, activation)

    def classified(self, function, inputs, top_k, activation):
        out, options = c_void_p(), TaskOptions(activation, top_k)
        self.library.call(function, self.handle, inputs, len(inputs), byref(options), None, byref(out))
        try:
            return [self.predictions(out, item) for item in range(len(inputs))]
        finally:
            self.library.dll.glyxel_predictions_free(out)

    def predictions(self, handle, item):
        found = []
        for rank in range(self.library.dll.glyxel_predictions_count(handle, item)):
            label, index, score = Str(), c_int64(), c_float()
            self.library.dll.glyxel_predictions_get(handle, item, rank, byref(label), byref(index), byref(score))
            found.append((label.text(), index.value, score.value))
        return found

    def score_pairs(self, pairs, activation=None):
        out, options = np.empty(len(pairs), dtype=np.float32), TaskOptions(activation)
        first, second = (strings([pair[side] for pair in pairs]) for side in (0, 1))
        self.library.call("glyxel_score_pairs", self.handle, first, second, len(pairs), byref(options), None, out.ctypes.data_as(POINTER(c_float)), out.size)
        return out

    def zero_shot_texts(self, texts, labels, activation=None, templates=()):
        out = np.empty((len(texts), len(labels)), dtype=np.float32)
        options = TaskOptions(activation, templates=templates)
        self.library.call("glyxel_zero_shot_texts", self.handle, strings(texts), len(texts), strings(labels), len(labels), byref(options), None,
                          out.ctypes.data_as(POINTER(c_float)), out.size)
        return out

    def zero_shot_images(self, pictures, labels, activation=None, templates=()):
        kept = list(map(Image, pictures))
        out = np.empty((len(kept), len(labels)), dtype=np.float32)
        options = TaskOptions(activation, templates=templates)
        self.library.call("glyxel_zero_shot_images", self.handle, images(kept), len(kept), strings(labels), len(labels), byref(options), None,
                          out.ctypes.data_as(POINTER(c_float)), out.size)
        return out

    def count_tokens(self, texts):
        out = (c_size_t * len(texts))()
        self.library.call("glyxel_count_tokens", self.handle, strings(texts), len(texts), out, len(texts))
        return list(out)


def rows(values, kind=np.float32):
    return np.ascontiguousarray(values, dtype=kind)


def found(n, k):
    return np.empty((n, k), np.uint64), np.empty((n, k), np.float32)


def strings(texts):
    return (Str * len(texts))(*map(Str, texts))


def images(pictures):
    return (Image * len(pictures))(*pictures)


def value_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
