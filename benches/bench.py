"""This library and its peers side by side: the same texts, in interleaved rounds, medians.

    python benches/bench.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE

Every peer (peers.py) lives in a process of its own and never computes while another does. This process imports nothing big:
a child's peak memory begins with its parent's.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from machine import BUSY, heading, machine, write
from peers import PEERS
from processes import Subject, rounds, run_fresh, say, worst_cosine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def build_starter(library):
    out = ROOT / "target" / "bench" / "first_vector"
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = str(Path(library).resolve().parent)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", f"-I{ROOT / 'include'}", str(HERE / "first_vector.c"), "-o", str(out),
                    f"-L{folder}", "-lglyxel", f"-Wl,-rpath,{folder}"], check=True)
    return str(out)


# ---- measuring -------------------------------------------------------------------------------------------------------


def choose_batches(subjects, texts):
    for s in subjects:
        s.ask("throughput", texts=texts[:256])  # warm
        speeds = {}
        for batch in s.peer.batches:
            s.batch = batch
            speeds[batch] = s.ask("throughput", texts=texts) if len(s.peer.batches) > 1 else 0
        s.batch = max(speeds, key=speeds.get)
        say(f"{s.name}: batch {s.batch or 'its own'}")


def reference_of(names):
    return "sentence-transformers f32" if "sentence-transformers f32" in names else next(iter(names))


def measure(subjects, texts, file, starter, arguments):
    figures = {s.name: {} for s in subjects}

    def note(what, values):
        for name, all_values in values.items():
            figures[name][what] = {"median": statistics.median(all_values), "all": [round(v, 4) for v in all_values]}

    for s in subjects:
        say(f"starting {s.name}")
        s.start()
    try:
        choose_batches(subjects, texts[:1000])
        vectors = {s.name: s.ask("vectors", texts=texts[:64]) for s in subjects}
        versions = {k: v for s in subjects for k, v in s.ask("versions").items()}
        reference = vectors[reference_of(vectors)]
        for s in subjects:
            figures[s.name].update(batch=s.batch, cosine=worst_cosine(vectors[s.name], reference))
        say(f"throughput: {arguments.rounds} rounds of {len(texts)} texts")
        note("texts_per_second", rounds(subjects, arguments.rounds, lambda s: s.ask("throughput", texts=texts)))
        say("one short text")
        note("short_ms", rounds(subjects, arguments.rounds, lambda s: s.ask("latency", repeats=200)))
    finally:
        for s in subjects:
            if s.process:
                s.stop()

    def program(s, *more):
        if s.peer.name != "glyxel":
            return None
        settings = s.settings
        return [starter, settings["model"], s.precision, str(settings["threads"]), settings["cache"], *more]

    say("from process start to the first vector")
    run_fresh(program(subjects[0]) or subjects[0].command("first"))  # files into the page cache
    note("first_vector_s", rounds(subjects, arguments.rounds, lambda s: run_fresh(program(s) or s.command("first"))[0]))
    say("peak memory")
    note("peak_mb", rounds(subjects, 2, lambda s: run_fresh(program(s, file) or s.command("all", file, json.dumps(s.batch)))[1]))
    return figures, versions


# ---- reporting -------------------------------------------------------------------------------------------------------


COLUMNS = [("texts_per_second", "texts/s", ".0f"), ("short_ms", "one short text, ms", ".2f"),
           ("first_vector_s", "start to first vector, s", ".2f"), ("peak_mb", "peak memory, MB", ".0f")]


def table(figures):
    lines = ["| | " + " | ".join(label for _, label, _ in COLUMNS) + " | batch | worst cosine |", "| --- |" + " ---: |" * 6]
    for name, row in figures.items():
        cells = [format(row[key]["median"], spec) for key, _, spec in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {row['batch'] or 'its own'} | {row['cosine']:.6f} |")
    return "\n".join(lines)


def ratios(figures):
    """How many times better this library is than each peer in the same precision."""
    lines = ["| this library against | " + " | ".join(label.split(",")[0] for _, label, _ in COLUMNS) + " |", "| --- |" + " ---: |" * 4]
    for name, row in figures.items():
        mine = figures.get("glyxel " + name.split()[-1])
        if mine and not name.startswith("glyxel"):
            pairs = [(mine[key]["median"], row[key]["median"]) for key, _, _ in COLUMNS]
            better = [pairs[0][0] / pairs[0][1]] + [other / own for own, other in pairs[1:]]
            lines.append(f"| {name} | " + " | ".join(f"{x:.2f}×" for x in better) + " |")
    return "\n".join(lines)


def report(figures, versions, about, arguments, texts):
    return "\n".join([
        *heading(about, arguments.threads, versions),
        "",
        f"all-MiniLM-L6-v2, {len(texts):,} film-review sentences, {arguments.rounds} interleaved rounds, medians. One short text: 16 tokens.",
        "Start and memory: fresh processes, a C program for this library (converted before), Python for the others; memory while "
        "embedding all sentences.",
        f"Worst cosine: with {reference_of(figures)}, over 64 sentences.",
        "",
        table(figures),
        "",
        *([ratios(figures), ""] if any(not name.startswith("glyxel") for name in figures) else []),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--starter", help="a program like first_vector.c, built already")
    parser.add_argument("--results", default=str(ROOT / "docs" / "results"), help="folder for the results; empty: print only")
    arguments = parser.parse_args()

    about = machine()
    if about["busy_cores"] > BUSY:
        say(f"other programs keep this machine busy ({about['busy_cores']} cores): the figures will be far too slow")
    texts = Path(arguments.reviews).read_text(encoding="utf-8").splitlines()[: arguments.texts]
    with tempfile.TemporaryDirectory(prefix="glyxel-bench-") as work:
        file = str(Path(work) / "texts.txt")
        Path(file).write_text("\n".join(texts) + "\n", encoding="utf-8")
        settings = {"model": arguments.minilm, "lib": arguments.lib, "threads": arguments.threads, "cache": str(Path(work) / "cache")}
        subjects = [Subject("worker.py", PEERS[p], precision, settings) for p in arguments.peers for precision in PEERS[p].precisions]
        starter = (arguments.starter or build_starter(arguments.lib)) if "glyxel" in arguments.peers else None
        figures, versions = measure(subjects, texts, file, starter, arguments)
    text = report(figures, dict(versions), about, arguments, texts)
    print(text)
    if arguments.results:
        record = {"machine": about, "versions": versions, "threads": arguments.threads, "texts": len(texts), "figures": figures}
        path = write(arguments.results, "", about, text, record)
        say(f"written to {path}.md and .json")


if __name__ == "__main__":
    main()
