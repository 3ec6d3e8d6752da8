"""TorchScript modules of families that no code of this library knows, traced in Python, against the modules themselves; exits non-zero if a
limit is passed.

    python tests/python/parity_foreign.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE --photos FOLDER
                                          [--only NAME] [--markdown FILE]

Encoders of texts are exported by examples/export/export_torchscript.py, those of pictures traced by plain torch.jit.trace (foreign_models.py).
All have random weights. The references run in processes of their own.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import numpy as np
from foreign_models import IMAGES, SIDE, TEXTS, export_image, export_text
from glyxel import Glyxel, GlyxelError
from parity_checks import Table, elsewhere, has_bf16, worst_cosine
from parity_models import join_reviews
from PIL import Image

PHOTOS = ["astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "motorcycle_left.png", "rocket.jpg"]


def relative(got, expected):
    """The largest difference of a vector as a fraction of its length."""
    return float((np.linalg.norm(got - expected, axis=1) / np.linalg.norm(expected, axis=1)).max())


def apart(vectors):
    """How far the nearest two inputs are from each other, likewise."""
    return min(relative(vectors[i : i + 1], vectors[j : j + 1]) for i in range(len(vectors)) for j in range(i))


def check(table, library, name, bundle, inputs, expected, embed):
    # Not opened from a checkpoint: whatever it takes to run it is in the bundle.
    with library.load(bundle, precision="f32") as model:
        vectors = embed(model, inputs)
        table.at_most(f"{name}: difference by length, {len(inputs)} at once", relative(vectors, expected), 1e-5)
        alone = np.concatenate([embed(model, [one]) for one in inputs])
        table.at_most(f"{name}: the same, one by one", relative(alone, expected), 1e-5)
        # Ten times what they may be off: where nothing differs, nothing is compared.
        table.add(f"{name}: the nearest two inputs", f"{apart(expected):.1e}", "≥ 1.0e-04", apart(expected) >= 1e-4)
    if has_bf16():
        check_bf16(table, library, name, bundle, inputs, expected, embed)


def check_bf16(table, library, name, bundle, inputs, expected, embed):
    what = f"{name} bf16: cosine with the module"
    try:
        with library.load(bundle, precision="bf16") as model:
            table.cosine(what, worst_cosine(embed(model, inputs), expected), 0.99)
    except GlyxelError as error:
        print(error)
        table.add(what, "an error", "≥ 0.99", False)


def square(path):
    """The middle of a photo, of the size that the models read: neither side has to resample."""
    picture = Image.open(path).convert("RGB").resize((SIDE * 4 // 3, SIDE), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(picture)[:, SIDE // 6 : SIDE // 6 + SIDE])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2, for its tokenizer")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--photos", required=True, help="the folder of scikit-image's pictures")
    parser.add_argument("--markdown", help="write the table to this file too")
    parser.add_argument("--only", choices=[*TEXTS, *IMAGES], action="append", help="check just this model (repeatable)")
    arguments = parser.parse_args()
    only = arguments.only or [*TEXTS, *IMAGES]

    library, table = Glyxel(arguments.lib), Table()
    reviews = Path(arguments.reviews).read_text(encoding="utf-8").splitlines()
    texts = elsewhere(join_reviews, arguments.minilm, reviews, 12, 4, 128)
    pictures = [square(Path(arguments.photos) / name) for name in PHOTOS]
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as work:
        for name in only:
            bundle = Path(work) / "bundle.pt"
            if name in TEXTS:
                expected = elsewhere(export_text, name, arguments.minilm, work, bundle, texts)
                check(table, library, name, bundle, texts, expected, lambda model, some: model.embed(some))
            else:
                expected = elsewhere(export_image, name, work, bundle, pictures)
                check(table, library, name, bundle, pictures, expected, lambda model, some: model.embed_images(some))
            bundle.unlink()
    if arguments.markdown:
        Path(arguments.markdown).write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
