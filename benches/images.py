"""Image encoders, this library and its peers side by side: the same JPEG files to vectors, in interleaved rounds, medians.

    python benches/images.py --lib target/release/libglyxel.so --lite0 FOLDER --photos FOLDER --cats FOLDER

The peers are in image_peers.py, the models and photos in image_models.py. This process imports nothing big.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from image_peers import PEERS
from machine import BUSY, heading, machine, write
from processes import HERE, Subject, environment, rounds, say, worst_cosine

MODELS = ["ResNet-50", "ViT-B-16", "EfficientNet-Lite0", "CLIP-ViT-B-32"]
REFERENCE = "torch f32"
COUNT = 64  # photos, as image_models.py writes them


def make(*task):
    subprocess.run([sys.executable, str(HERE / "image_models.py"), *map(str, task)], check=True, env=environment(), stdout=subprocess.DEVNULL)


def choose_batch(subject):
    """Each is run twice over 16 photos, the first time for the shapes that are new."""
    speeds = {}
    for subject.batch in subject.peer.batches:
        speeds[subject.batch] = [subject.ask("throughput", count=16) for _ in range(2)][-1]
    subject.batch = max(speeds, key=speeds.get)
    say(f"{subject.name}: batch {subject.batch or 'its own'}")


def measure(settings, arguments):
    subjects = [Subject("image_worker.py", PEERS[p], precision, settings) for p in arguments.peers for precision in PEERS[p].precisions]
    try:
        for s in subjects:
            say(f"starting {s.name}")
            s.start()
            choose_batch(s)
        vectors = {s.name: s.ask("vectors", count=16) for s in subjects}
        versions = {k: v for s in subjects for k, v in s.ask("versions").items()}
        speeds = rounds(subjects, arguments.rounds, lambda s: s.ask("throughput", count=COUNT))
    finally:
        for s in subjects:
            if s.process:
                s.stop()
    reference = vectors.get(REFERENCE) or next(iter(vectors.values()))
    return versions, {
        s.name: {
            "images_per_second": {"median": statistics.median(speeds[s.name]), "all": [round(v, 3) for v in speeds[s.name]]},
            "batch": s.batch,
            "cosine": worst_cosine(vectors[s.name], reference),
        }
        for s in subjects
    }


def table(figures):
    """Images a second, and how many times faster this library is in the same precision."""
    lines = ["| | images/s | batch | worst cosine | glyxel in the same precision |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, row in figures.items():
        mine = figures.get("glyxel " + name.split()[-1])
        speed = row["images_per_second"]["median"]
        ratio = f"{mine['images_per_second']['median'] / speed:.2f}×" if mine and not name.startswith("glyxel") else ""
        lines.append(f"| {name} | {speed:.1f} | {row['batch'] or 'its own'} | {row['cosine']:.6f} | {ratio} |")
    return "\n".join(lines)


def report(results, versions, about, arguments):
    parts = heading(about, arguments.threads, versions)
    parts += [
        "",
        f"JPEG files to vectors, {COUNT} of them in one call: scikit-image's photos and four cats, saved anew at quality 88, 48 of about "
        f"500×375, 12 of 1280×960 and four of 1600×1200. {arguments.rounds} interleaved rounds, medians. Peers read by Pillow and by timm's transform, "
        f"CLIP's by transformers' processor, in {arguments.threads} threads and compute with as many, each at the batch size (and torch with the layout) that was fastest in a "
        "run before. EfficientNet-Lite0 has its real weights, the others random ones.",
        f"Worst cosine: with {REFERENCE}, over 16 photos.",
    ]
    for name, figures in results.items():
        parts += ["", f"## {name}", "", table(figures)]
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--lite0", required=True, help="the folder of the real tf_efficientnet_lite0")
    parser.add_argument("--photos", required=True, help="the folder of scikit-image's pictures")
    parser.add_argument("--cats", required=True, help="the folder of cats")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--results", default=str(HERE.parent / "docs" / "results"), help="folder for the results; empty: print only")
    arguments = parser.parse_args()

    about = machine()
    if about["busy_cores"] > BUSY:
        say(f"other programs keep this machine busy ({about['busy_cores']} cores): the figures will be far too slow")
    results, versions = {}, {}
    with tempfile.TemporaryDirectory(prefix="glyxel-bench-") as work:
        make("photos", f"{work}/photos", arguments.photos, arguments.cats)
        for name in arguments.models:
            say(f"making {name}")
            make("models", work, name, arguments.lite0)
            places = {"model": f"{work}/{name}", "photos": f"{work}/photos", "cache": f"{work}/cache"}
            settings = places | {"lib": arguments.lib, "threads": arguments.threads}
            found, results[name] = measure(settings, arguments)
            versions.update(found)
            shutil.rmtree(f"{work}/{name}")
            shutil.rmtree(f"{work}/cache", ignore_errors=True)
    text = report(results, dict(versions), about, arguments)
    print(text)
    if arguments.results:
        record = {"machine": about, "versions": versions, "threads": arguments.threads, "figures": results}
        path = write(arguments.results, "-images", about, text, record)
        say(f"written to {path}.md and .json")


if __name__ == "__main__":
    main()
