"""What is done with vectors and heads, this library and its peers side by side, in interleaved rounds, medians: the nearest of a corpus
against NumPy and torch, and texts to classes against transformers' pipeline.

    python benches/tasks.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE [--quick]

The peers are in task_peers.py. This process imports nothing big.
"""

import argparse
import os
import tempfile

from forms import words
from machine import BUSY, heading, machine, write
from processes import HERE, Subject, rounds, run_script, say, summary
from task_peers import K, TASKS

DIM = 384
REFERENCE = {"nearest": "torch f32", "classify": "transformers f32"}


def same_places(mine, reference):
    """The share of places that are the reference's."""
    pairs = [a == b for row, other in zip(mine, reference, strict=True) for a, b in zip(row, other, strict=True)]
    return sum(pairs) / len(pairs)


def worst_difference(mine, reference):
    return max(abs(a - b) for row, other in zip(mine, reference, strict=True) for a, b in zip(row, other, strict=True))


def measure(task, settings, counts, arguments, compare):
    """Of each peer: inputs a second for each of `counts`, one input's milliseconds, and how its results compare."""
    subjects = [Subject("task_worker.py", peer, precision, settings | {"task": task}) for peer in TASKS[task].values() for precision in peer.forms]
    figures = {s.name: {} for s in subjects}
    try:
        for s in subjects:
            say(f"{task}: starting {s.name}")
            s.start()
            s.choose(lambda s: s.ask("throughput", count=min(64, counts)))
        results = {s.name: s.ask("results", count=min(64, counts)) for s in subjects}
        versions = {k: v for s in subjects for k, v in s.ask("versions").items()}
        many = rounds(subjects, arguments.rounds, lambda s: s.ask("throughput", count=counts))
        one = rounds(subjects, arguments.rounds, lambda s: s.ask("latency", repeats=10))
    finally:
        for s in subjects:
            s.stop()
    for s in subjects:
        for what, values in (("per_second", many[s.name]), ("one_ms", one[s.name])):
            figures[s.name][what] = summary(values)
        figures[s.name].update(form=s.form, compared=compare(results[s.name], results[REFERENCE[task]]))
    return figures, versions


def table(figures, inputs, compared, spec):
    """Figures, and in brackets how many times better this library is in the same precision."""
    lines = [f"| | {inputs}/s | one, ms | form | {compared} | glyxel in the same precision: many, one |", "| --- |" + " ---: |" * 5]
    for name, row in figures.items():
        mine = figures["glyxel " + name.split()[-1]]
        many, one = row["per_second"]["median"], row["one_ms"]["median"]
        ratio = "" if mine is row else f"{mine['per_second']['median'] / many:.2f}×, {one / mine['one_ms']['median']:.2f}×"
        lines.append(f"| {name} | {many:.0f} | {one:.2f} | {words(row['form'])} | {row['compared']:{spec}} | {ratio} |")
    return "\n".join(lines)


def report(nearest, classify, versions, about, arguments):
    return "\n".join([
        *heading(about, arguments.threads, versions),
        "",
        f"Medians of {arguments.rounds} interleaved rounds.",
        "",
        "## The nearest",
        "",
        f"The {K} nearest of {arguments.rows:,} random vectors of {DIM} values by their dot product, {arguments.queries} queries in one call, and a query by itself. NumPy: "
        "`@`, `argpartition`, `argsort`; torch: `@`, `topk`. In f32; scores of this library are sums in f64.",
        "",
        table(nearest, "queries", f"places as {REFERENCE['nearest']}'s", ".4f"),
        "",
        "## Texts to classes",
        "",
        f"{arguments.texts:,} film-review sentences by a BERT of all-MiniLM-L6-v2's size with three classes and random weights; one of them by itself. transformers: its "
        "text-classification pipeline, at the batch size that was fastest in a run before.",
        "",
        table(classify, "texts", f"worst difference from {REFERENCE['classify']}'s scores", ".1e"),
        "",
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2, for its tokenizer")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--results", default=str(HERE.parent / "docs" / "results"), help="folder for the results; empty: print only")
    parser.add_argument("--quick", action="store_true", help="one round over little, printed only: whether it runs, not how fast")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rows, arguments.queries, arguments.texts, arguments.rounds, arguments.results = 5000, 20, 16, 1, ""
        arguments.threads = 1  # several would wait for each other on a busy machine, for minutes

    about = machine()
    if about["busy_cores"] > BUSY:
        say(f"other programs keep this machine busy ({about['busy_cores']} cores): the figures will be far too slow")
    shared = {"lib": arguments.lib, "threads": arguments.threads}
    corpus = shared | {"rows": arguments.rows, "dim": DIM}
    nearest, versions = measure("nearest", corpus, arguments.queries, arguments, same_places)
    with tempfile.TemporaryDirectory(prefix="glyxel-bench-") as work:
        run_script("task_worker.py", "model", f"{work}/model", arguments.minilm)
        places = shared | {"model": f"{work}/model", "cache": f"{work}/cache", "texts": arguments.reviews}
        classify, more = measure("classify", places, arguments.texts, arguments, worst_difference)
    versions |= more
    text = report(nearest, classify, dict(versions), about, arguments)
    print(text)
    if arguments.results:
        sizes = {name: getattr(arguments, name) for name in ("threads", "rows", "queries", "texts")}
        record = {"machine": about, "versions": versions, **sizes, "figures": {"nearest": nearest, "classify": classify}}
        path = write(arguments.results, "-tasks", about, text, record)
        say(f"written to {path}.md and .json")


if __name__ == "__main__":
    main()
