#!/usr/bin/env python3
"""Fetches what glyxel builds and tests with, into target/: pinned, checked by sha256, whole or not at all.

    scripts/fetch libtorch [--libtorch DIR] [--target DIR]    target/libtorch
    scripts/fetch minilm   [--target DIR]                     target/models/all-MiniLM-L6-v2
    scripts/fetch mpnet    [--target DIR]                     target/models/all-mpnet-base-v2
    scripts/fetch lite0    [--target DIR]                     target/models/tf_efficientnet_lite0
    scripts/fetch reviews  [--target DIR]                     target/data/reviews.txt
    scripts/fetch ratings  [--target DIR]                     target/data/ratings.tsv
    scripts/fetch wordsim  [--target DIR]                     target/data/wordsim353.tsv
    scripts/fetch photos   [--target DIR]                     target/data/photos
    scripts/fetch cats     [--target DIR]                     target/data/cats
    scripts/fetch usearch  [--target DIR]                     target/usearch, its headers

Run it by `python3 scripts/fetch …`. libtorch comes out of torch's wheel, or, with --libtorch or LIBTORCH, from a libtorch
that is there already: an unpacked libtorch or an installed torch package. Packages come through pip, so its configuration
(index, proxy, certificates) holds. No package's code is run. Needs Python 3.8 and pip, nothing else. What is there already
costs some milliseconds.
"""

import argparse
import os
import sys

import headers
import libtorch
import models
import pictures
from folders import Refused
from lite0 import lite0

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = {
    "minilm": models.minilm,
    "mpnet": models.mpnet,
    "lite0": lite0,
    "reviews": models.reviews,
    "ratings": models.ratings,
    "wordsim": models.wordsim,
    "photos": pictures.photos,
    "cats": pictures.cats,
    "usearch": headers.usearch,
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/fetch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("libtorch", *DATA))
    parser.add_argument("--target", default=os.path.join(ROOT, "target"), help="where everything goes")
    parser.add_argument("--libtorch", default=os.environ.get("LIBTORCH"), help="a libtorch to use instead of the wheel's (default: LIBTORCH)")
    args = parser.parse_args()
    target = os.path.abspath(args.target)
    try:
        if args.what == "libtorch":
            machine = os.uname()
            if not args.libtorch and (machine.sysname, machine.machine) != ("Linux", "x86_64"):
                raise Refused(f"glyxel is built and tested on Linux x86-64 so far; for {machine.sysname} {machine.machine} name a libtorch 2.11 in LIBTORCH")
            libtorch.fetch(target, args.libtorch)
        else:
            DATA[args.what](target)
    except (Refused, OSError) as reason:
        sys.exit(f"scripts/fetch: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
