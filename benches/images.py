"""Image encoders, this library and its peers side by side: the same JPEG files to vectors, in interleaved rounds, medians.

    python benches/images.py --lib target/release/libglyxel.so --lite0 FOLDER --photos FOLDER --cats FOLDER

The peers are in image_peers.py, the models and photos in image_models.py. This process imports nothing big.
"""

import argparse
import os
import shutil
import tempfile

from forms import words
from image_peers import PEERS
from machine import BUSY, heading, machine, write
from processes import HERE, Subject, rounds, run_script, say, summary, worst_cosine

MODELS = ["ResNet-50", "ViT-B-16", "EfficientNet-Lite0", "CLIP-ViT-B-32"]
REFERENCE = "torch f32"
COUNT = 64  # photos, as image_models.py writes them


def measure(settings, peers, precisions, count, quick=False):
    """The versions, and the figures of each peer in each precision, or why it refuses that. `quick`: see bench.py."""
    subjects = [Subject("image_worker.py", PEERS[p], precision, settings) for p in peers for precision in PEERS[p].forms if precision in precisions]
    refused = {}
    try:
        for s in subjects:
            say(f"starting {s.name}")
            refusal = s.start()
            if refusal:
                refused[s.name] = {"refused": refusal}
            elif not quick:
                s.choose(lambda s: s.ask("throughput", count=16))
        subjects = [s for s in subjects if s.name not in refused]
        vectors = {s.name: s.ask("vectors", count=4 if quick else 16) for s in subjects}
        versions = {k: v for s in subjects for k, v in s.ask("versions").items()}
        speeds = rounds(subjects, count, lambda s: s.ask("throughput", count=4 if quick else COUNT))
    finally:
        for s in subjects:
            s.stop()
    reference = vectors.get(REFERENCE) or next(iter(vectors.values()))
    figures = {s.name: summary(speeds[s.name]) | {"form": s.form, "cosine": worst_cosine(vectors[s.name], reference)} for s in subjects}
    return versions, figures | refused


def places(work, name, arguments):
    """Makes the model; what its peers need to know."""
    say(f"making {name}")
    run_script("image_models.py", "models", work, name, arguments.lite0)
    here = {"model": f"{work}/{name}", "photos": f"{work}/photos", "cache": f"{work}/cache"}
    return here | {"lib": arguments.lib, "threads": arguments.threads}


def table(figures):
    """Images a second, and how many times faster this library is in the same precision."""
    lines = ["| | images/s | form | worst cosine | glyxel in the same precision |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, row in figures.items():
        mine = figures.get("glyxel " + name.split()[-1])
        speed = row["median"]
        ratio = f"{mine['median'] / speed:.2f}×" if mine and not name.startswith("glyxel") else ""
        lines.append(f"| {name} | {speed:.1f} | {words(row['form'])} | {row['cosine']:.6f} | {ratio} |")
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
        run_script("image_models.py", "photos", f"{work}/photos", arguments.photos, arguments.cats)
        for name in arguments.models:
            found, results[name] = measure(places(work, name, arguments), arguments.peers, ("f32", "bf16"), arguments.rounds)
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
