"""This library through tests/python/glyxel.py, as the peers' classes use it."""

import sys
from pathlib import Path

from serve import Refused

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))


def open_library(settings):
    import glyxel

    return glyxel.Glyxel(settings["lib"], threads=settings["threads"])


def load_checkpoint(library, settings):
    """The model's folder/checkpoint in the precision asked for, or Refused if the library has none such."""
    import glyxel

    try:
        return library.load(f"{settings['model']}/checkpoint", precision=settings["precision"], cache_dir=settings["cache"])
    except glyxel.GlyxelError as error:
        if glyxel.STATUS[error.status] in ("UNSUPPORTED", "INVALID_ARGUMENT"):
            raise Refused(str(error)) from None
        raise
