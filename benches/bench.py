"""This library and its peers side by side on every row of rows.py: the same inputs, in interleaved rounds, medians, each peer in the form
that is fastest for it.

    python benches/bench.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE --wordsim FILE --lite0 FOLDER --photos FOLDER
                            --cats FOLDER [--only PATTERN …] [--rounds N]
    python benches/bench.py … --only MiniLM-L6-mixed-bf16 --rounds 3 --results ''      one row, printed only; a pattern that fits none lists all

Every peer (peers.py, image_peers.py) lives in a process of its own and never computes while another does. This process imports nothing
big: a child's peak memory begins with its parent's.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import images
import texts
from machine import BUSY, heading, machine, write
from processes import HERE, run_script, say, summary
from report import cosine_table, details, summary_table
from rows import IMAGE_MODELS, TEXT_MODELS, chosen
from text_measures import Run

ROOT = HERE.parent
BF16 = {"avx512_bf16", "amx_bf16"}
NOTES = """
Peers: the `tokenizers` library's encoding of all texts at once, texts sorted by length, batches padded to their longest; each in the form
(batch size, graph, batches at once, shapes) that was fastest for the row in a run before. ONNX Runtime has no bf16 on a CPU. In the same
precision only; "better by" is the ratio of throughputs, or the inverse one of times and sizes.

- mixed: film-review sentences; tokens-N: texts of exactly N tokens; short: one text of 16 tokens.
- new-length: one text of a length that the process has not seen, the median of seven lengths, in fresh processes.
- callers: 16 threads, one text a call.
- start, memory: a process from its start to its first vector: a C program for this library, its checkpoint converted before; for ONNX
  Runtime one in Python with onnxruntime, NumPy and tokenizers alone (first_vector.py), Python's own start included, and a graph that was
  optimised before. memory-busy: while it embeds all sentences of mixed.
- arithmetic: the products of the model's layers and its attention in texts of 128 tokens, tokenising and everything else included in the
  time; the ceiling is oneDNN's own products of these shapes on prepacked weights, each with the number of rows that is fastest.
- int8: weights and activations; OpenVINO's by nncf, calibrated on other reviews, ONNX Runtime's dynamic. spearman: WordSim-353, as a share of
  f32's; neighbours: how near the nearest that int8 finds is in f32, as a share; same-nearest: how often it is the same one.
- images: 64 JPEG files in one call, read by Pillow and timm's transform for the peers (see images.py).
"""


def build_starter(library):
    out = ROOT / "target" / "bench" / "first_vector"
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = str(Path(library).resolve().parent)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", f"-I{ROOT / 'include'}", str(HERE / "first_vector.c"), "-o", str(out),
                    f"-L{folder}", "-lglyxel", f"-Wl,-rpath,{folder}"], check=True)
    return str(out)


def measure_texts(rows, arguments, work):
    rows = [row for row in rows if row.model in TEXT_MODELS]
    if not rows:
        return
    inputs = Path(work) / "texts"
    inputs.mkdir()
    run_script("text_inputs.py", inputs, arguments.minilm, arguments.reviews)
    starter = arguments.starter or build_starter(arguments.lib)
    run = Run(inputs, arguments.rounds, starter, arguments.quick)
    for model in TEXT_MODELS:
        own = [row for row in rows if row.model == model]
        if own:
            figures, versions, cosines = texts.rows_of(model, own, run, arguments, work)
            shutil.rmtree(f"{work}/{model}")
            yield model, figures, versions, cosines


def measure_images(rows, arguments, work):
    for model in IMAGE_MODELS:
        own = [row for row in rows if row.model == model]
        if not own:
            continue
        if not Path(work, "photos").exists():
            run_script("image_models.py", "photos", f"{work}/photos", arguments.photos, arguments.cats)
        settings = images.places(work, model, arguments)
        if any(row.precision == "int8" for row in own):
            run_script("quantised.py", "images", f"{work}/{model}", f"{work}/photos")
        versions, found = images.measure(settings, list(images.PEERS), {"f32", *(row.precision for row in own)}, arguments.rounds, arguments.quick)
        cosines = {name: value["cosine"] for name, value in found.items() if "cosine" in value}
        yield model, {row.name: of_row(row, found) for row in own}, versions, cosines
        shutil.rmtree(f"{work}/{model}")


def of_row(row, found):
    same = {name: value for name, value in found.items() if name.split()[-1] == row.precision}
    if row.work == "cosine":
        return {name: value if "refused" in value else summary([value["cosine"]]) for name, value in same.items()}
    return same


def report(rows, figures, cosines, versions, about, arguments):
    return "\n".join([
        *heading(about, arguments.threads, versions), "", f"{arguments.rounds} interleaved rounds, medians.", "",
        summary_table(rows, figures), NOTES, "## All figures", "", details(rows, figures), "", "## Vectors", "",
        "With ONNX Runtime's in f32 over 64 sentences, and with torch's in f32 over 16 photos.", "", cosine_table(cosines), ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--wordsim", required=True, help="wordsim353.tsv")
    parser.add_argument("--lite0", required=True, help="the folder of the real tf_efficientnet_lite0")
    parser.add_argument("--photos", required=True, help="the folder of scikit-image's pictures")
    parser.add_argument("--cats", required=True, help="the folder of cats")
    parser.add_argument("--only", nargs="+", default=[], metavar="PATTERN", help="rows whose names begin so; * stands for anything")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--starter", help="a program like first_vector.c, built already")
    parser.add_argument("--results", default=str(ROOT / "docs" / "results"), help="folder for the results; empty: print only")
    parser.add_argument("--quick", action="store_true", help="one round over little, printed only: whether it runs, not how fast")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.results = 1, ""
        arguments.threads = 1  # several would wait for each other on a busy machine, for minutes

    about = machine()
    if about["busy_cores"] > BUSY:
        say(f"other programs keep this machine busy ({about['busy_cores']} cores): the figures will be far too slow")
    rows = chosen(arguments.only)
    if not BF16 & set(about["flags"]):
        say("this processor has no bf16: its rows are left out")
        rows = [row for row in rows if row.precision != "bf16"]
    figures, versions, cosines = {}, {}, {}
    with tempfile.TemporaryDirectory(prefix="glyxel-bench-") as work:
        for measure in (measure_texts, measure_images):
            for model, found, of_model, cosines[model] in measure(rows, arguments, work):
                figures |= found
                versions |= of_model
                say(summary_table([row for row in rows if row.name in found], found))
                # After each model: a run that is cut off has measured something, too.
                text = report([row for row in rows if row.name in figures], figures, cosines, dict(versions), about, arguments)
                if arguments.results:
                    record = {"machine": about, "versions": versions, "threads": arguments.threads, "rounds": arguments.rounds,
                              "figures": figures, "cosines": cosines}
                    path = write(arguments.results, "", about, text, record)
                    say(f"written to {path}.md and .json")
    print(text)


if __name__ == "__main__":
    main()
