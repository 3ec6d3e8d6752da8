"""Builds tests/fixtures/families: for each family, what transformers makes of every field of its config, and small checkpoints.

    python tests/python/family_fixtures.py [MODEL_TYPE ...]
"""

import shutil
import sys
from pathlib import Path

from family_checkpoints import write_checkpoints
from family_flips import FAMILIES, write_flips
from fixture_parts import TEXTS, write_json

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "families"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    write_json(OUT / "texts.json", TEXTS)
    for model_type in sys.argv[1:] or FAMILIES:
        shutil.rmtree(OUT / model_type, ignore_errors=True)
        write_flips(model_type, OUT / model_type)
        write_checkpoints(model_type, OUT / model_type)
    size = sum(f.stat().st_size for f in OUT.rglob("*") if f.is_file())
    print(f"{size:,} bytes")


if __name__ == "__main__":
    main()
