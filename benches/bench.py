"""This library and its peers side by side: the same texts, in interleaved rounds, medians.

    python benches/bench.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE

Every peer (peers.py) lives in a process of its own and never computes while another does. This process imports nothing big:
a child's peak memory begins with its parent's.
"""

import argparse
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from peers import PEERS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]
# what a shell may carry that would change a peer's threads
SWEEP = ("OPENBLAS_", "OMP_", "MKL_", "KMP_", "GOMP_", "GLYXEL_")


def environment():
    kept = {k: v for k, v in os.environ.items() if not k.startswith(SWEEP)}
    return kept | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "PYTHONWARNINGS": "ignore"}


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- processes -------------------------------------------------------------------------------------------------------


class Subject:
    """A peer in one precision."""

    def __init__(self, peer, precision, settings):
        self.peer, self.precision = peer, precision
        self.name = f"{peer.name} {precision}"
        self.settings = settings | {"precision": precision}
        self.batch = peer.batches[0]
        self.process = None

    def command(self, *task):
        return [sys.executable, str(HERE / "worker.py"), self.peer.name, json.dumps(self.settings), *task]

    def start(self):
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with status {self.process.wait()}: its message is above")
        return json.loads(line)

    def ask(self, do, **more):
        self.process.stdin.write(json.dumps({"do": do, "batch": self.batch, **more}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def run_fresh(command):
    """Seconds from starting a process to its first line, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
    line = process.stdout.readline()
    elapsed = time.perf_counter() - start
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if "ok" not in line or process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with status {process.returncode} and said {line!r}")
    return elapsed, usage.ru_maxrss / 1024


def build_starter(library):
    out = ROOT / "target" / "bench" / "first_vector"
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = str(Path(library).resolve().parent)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", f"-I{ROOT / 'include'}", str(HERE / "first_vector.c"), "-o", str(out),
                    f"-L{folder}", "-lglyxel", f"-Wl,-rpath,{folder}"], check=True)
    return str(out)


# ---- measuring -------------------------------------------------------------------------------------------------------


def rounds(subjects, count, measure):
    """`count` rounds over all subjects, each round beginning with another one; all values for each subject."""
    values = {s.name: [] for s in subjects}
    for i in range(count):
        for s in subjects[i % len(subjects):] + subjects[: i % len(subjects)]:
            values[s.name].append(measure(s))
            time.sleep(0.3)  # let the last one's worker threads stop spinning
    return values


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


def worst_cosine(a, b):
    def cosine(x, y):
        return sum(p * q for p, q in zip(x, y)) / math.sqrt(sum(p * p for p in x) * sum(q * q for q in y))

    return min(map(cosine, a, b))


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


def busy_cores():
    """How many cores other programs keep busy, over a second."""
    def ticks():
        values = [int(v) for v in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(values) - values[3] - values[4]

    before = ticks()
    time.sleep(1)
    return round((ticks() - before) / os.sysconf("SC_CLK_TCK"), 2)


def machine():
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    flags = set((re.search(r"^flags\s*:\s*(.+)$", info, re.M) or [None, ""])[1].split())
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.M)
    family = re.search(r"^cpu family\s*:\s*(\d+)", info, re.M)
    return {
        "cpu": model[1].strip() if model else platform.processor(),
        "family": family[1] if family else "",
        "cores": len(os.sched_getaffinity(0)),
        "flags": [f for f in FLAGS if f in flags],
        "memory_gb": round(int(memory[1]) / 2**20) if memory else None,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "busy_cores": busy_cores(),
    }


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


BUSY = 0.3  # cores; above, OpenMP's spinning threads then wait for each other, and all figures are far too slow


def report(figures, versions, about, arguments, texts):
    build = versions.pop("build", None)
    named = [f"{name} {version}" for name, version in versions.items() if not (build and name == "glyxel")]
    return "\n".join([
        f"# {about['cpu']}, {date.today()}",
        "",
        f"{about['cores']} cores, {about['memory_gb']} GB, {', '.join(about['flags'])}; Linux {about['kernel']}; "
        f"{arguments.threads} threads each.",
        "; ".join(([build] if build else []) + named) + ".",
        *([f"**The machine was busy ({about['busy_cores']} cores): do not quote these figures.**"] if about["busy_cores"] > BUSY else []),
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
        subjects = [Subject(PEERS[p], precision, settings) for p in arguments.peers for precision in PEERS[p].precisions]
        starter = (arguments.starter or build_starter(arguments.lib)) if "glyxel" in arguments.peers else None
        figures, versions = measure(subjects, texts, file, starter, arguments)
    text = report(figures, dict(versions), about, arguments, texts)
    print(text)
    if arguments.results:
        slug = re.sub(r"[^a-z0-9]+", "-", about["cpu"].lower()).strip("-")
        path = Path(arguments.results) / f"{date.today()}-{slug}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{path}.md").write_text(text, encoding="utf-8")
        record = {"machine": about, "versions": versions, "threads": arguments.threads, "texts": len(texts), "figures": figures}
        Path(f"{path}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        say(f"written to {path}.md and .json")


if __name__ == "__main__":
    main()
