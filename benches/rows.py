"""Everything that bench.py measures, a row each, and the goal of each: how many times better this library is than its fastest peer in
the same run. NAME-WORK-PRECISION is a row's name, which --only takes patterns of."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

TEXT_MODELS = ["MiniLM-L6", "bert-base"]
IMAGE_MODELS = ["ViT-B-16", "EfficientNet-Lite0", "CLIP-ViT-B-32", "ResNet-50"]
OTHERS = ("ONNX Runtime", "OpenVINO")
ALL = ("sentence-transformers", *OTHERS)


@dataclass(frozen=True)
class Row:
    model: str
    work: str
    precision: str
    goal: float | None  # None: it is only reported
    unit: str
    peers: tuple = OTHERS
    # "peers": this library's figure against the best of theirs; "itself": the figure is a share, and the goal is for it
    against: str = "peers"

    @property
    def name(self):
        return f"{self.model}-{self.work}-{self.precision}"

    @property
    def less_is_better(self):
        return self.unit in ("ms", "s", "MB")


def text_rows():
    for model, goals in (("MiniLM-L6", {"f32": 1.5, "bf16": 1.6}), ("bert-base", {"f32": 1.25, "bf16": 1.25})):
        for precision, goal in goals.items():
            yield Row(model, "mixed", precision, goal, "texts/s", ALL if model == "MiniLM-L6" else OTHERS)
            for length in (128, 512):
                yield Row(model, f"tokens-{length}", precision, 1.0 if precision == "bf16" else None, "texts/s")
            yield Row(model, "short", precision, 1 / 0.75, "ms", ALL if model == "MiniLM-L6" else OTHERS)
            yield Row(model, "new-length", precision, None, "ms")
            yield Row(model, "arithmetic", precision, 0.75, "GFLOP/s", ("oneDNN ceiling",))
    for precision in ("f32", "bf16"):
        yield Row("MiniLM-L6", "callers", precision, 2.0, "texts/s")
    yield Row("MiniLM-L6", "start", "f32", 1 / 1.3, "s", ("ONNX Runtime",))
    yield Row("MiniLM-L6", "memory", "f32", 1 / 1.5, "MB", ("ONNX Runtime",))
    yield Row("MiniLM-L6", "memory-busy", "f32", 1 / 1.5, "MB", ("ONNX Runtime",))
    yield Row("MiniLM-L6", "mixed", "int8", 1.0, "texts/s")
    yield Row("MiniLM-L6", "spearman", "int8", 0.995, "of f32's", against="itself")
    yield Row("MiniLM-L6", "neighbours", "int8", 0.995, "of f32's", against="itself")
    yield Row("MiniLM-L6", "same-nearest", "int8", None, "of all", against="itself")


def image_rows():
    for model in IMAGE_MODELS:
        for precision in ("f32", "bf16"):
            yield Row(model, "images", precision, 1.0 if model == "ResNet-50" else 1.1, "images/s", ("torch", *OTHERS))
    yield Row("ViT-B-16", "images", "int8", 1.0, "images/s")
    yield Row("ViT-B-16", "cosine", "int8", 0.99, "with f32", against="itself")


ROWS = [*text_rows(), *image_rows()]


def chosen(patterns):
    """The rows that one of the patterns names; none of them names: all."""
    found = [row for row in ROWS if not patterns or any(fnmatchcase(row.name, f"{pattern}*") for pattern in patterns)]
    if not found:
        raise SystemExit(f"no row is named like {' or '.join(patterns)}; there are:\n" + "\n".join(row.name for row in ROWS))
    return found
