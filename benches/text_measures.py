"""How each kind of work on texts is measured: a function from a row and its subjects to all values of each subject, in interleaved rounds.

`run` is what all share: the folder of the texts, the number of rounds, what starts this library in a process of its own, and whether it is
quick: then only whether all runs is looked at, not how fast."""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import text_inputs
from ceiling import Ceiling, text_flops
from forms import default
from processes import HERE, Subject, rounds, run_fresh

# (model, work) → how many texts a measurement takes, a few seconds each
COUNTS = {
    ("MiniLM-L6", "mixed"): 4000, ("MiniLM-L6", "tokens-128"): 64, ("MiniLM-L6", "tokens-512"): 16,
    ("bert-base", "mixed"): 400, ("bert-base", "tokens-128"): 32, ("bert-base", "tokens-512"): 8,
}  # fmt: skip
THREADS, CALLS = 16, 800
ONE = ("batch",)  # the axes of forms that do not matter to a single text


@dataclass
class Run:
    texts: Path
    rounds: int
    starter: str | None
    quick: bool = False

    def read(self, name, count=None):
        return text_inputs.read(self.texts, name)[: 4 if self.quick else count]

    def repeats(self, count):
        return 2 if self.quick else count

    def choose(self, subject, speed, indifferent=()):
        if not self.quick:
            subject.choose(speed, indifferent)


def throughput(row, subjects, run):
    texts = run.read(row.work, COUNTS[row.model, row.work])
    some = texts[: max(200, len(texts) // 4)]
    for s in subjects:
        run.choose(s, lambda s: s.ask("throughput", texts=some))
        s.ask("throughput", texts=texts)  # for the shapes that it has not seen
    return rounds(subjects, run.rounds, lambda s: s.ask("throughput", texts=texts))


def short(row, subjects, run):
    for s in subjects:
        run.choose(s, lambda s: 1 / s.ask("latency", repeats=50), ONE)
    return rounds(subjects, run.rounds, lambda s: s.ask("latency", repeats=run.repeats(200)))


def new_length(row, subjects, run):
    """Fresh processes, which have seen one length alone."""
    texts = [run.read(f"tokens-{length}")[0] for length in text_inputs.NEW]

    def measure(s):
        fresh = Subject(s.worker, s.peer, s.precision, s.settings)
        try:
            fresh.start()
            fresh.ask("latency", repeats=run.repeats(20))
            return statistics.median(fresh.ask("each", texts=texts))
        finally:
            fresh.stop()

    for s in subjects:
        s.form = default(s.axes)
    return rounds(subjects, run.rounds, measure)


def callers(row, subjects, run):
    texts = run.read("mixed", CALLS)
    for s in subjects:
        run.choose(s, lambda s: s.ask("callers", texts=texts[:160], threads=THREADS), ONE)
        s.ask("callers", texts=texts, threads=THREADS)
    return rounds(subjects, run.rounds, lambda s: s.ask("callers", texts=texts, threads=THREADS))


def arithmetic(row, subjects, run):
    """GFLOP/s on texts of 128 tokens; nothing but the products and the attention counts as work, all else as time."""
    texts = run.read("tokens-128", 64)

    def measure(s):
        if s.peer is Ceiling:
            return s.ask("arithmetic")
        return s.ask("throughput", texts=texts) * text_flops(s.settings["size"], 128) / 1e9

    for s in subjects:
        measure(s)
    return rounds(subjects, run.rounds, measure)


def fresh_command(s, run, *file):
    """first_vector.c for this library, first_vector.py for ONNX Runtime. With a file, it embeds all lines of it."""
    settings, checkpoint = s.settings, f"{s.settings['model']}/checkpoint"
    threads = str(settings["threads"])
    if s.peer.name == "glyxel":
        return [run.starter, checkpoint, s.precision, threads, settings["cache"], *file]
    graph = f"{settings['model']}/{s.form['graph']}.onnx"
    return [sys.executable, str(HERE / "first_vector.py"), graph, f"{checkpoint}/tokenizer.json", threads, str(s.form["batch"]), *file]


def fresh(which, *names):
    """Seconds (0) or MB (1) of a process of its own; `names` of texts."""

    def measure_all(row, subjects, run):
        files = [str(run.texts / f"{'tokens-128' if run.quick else name}.txt") for name in names]
        for s in subjects:
            run.choose(s, lambda s: 1 / run_fresh(fresh_command(s, run, *files))[which], ("runs",) if names else (*ONE, "runs"))
        return rounds(subjects, run.rounds, lambda s: run_fresh(fresh_command(s, run, *files))[which])

    return measure_all


MEASURES = {
    "mixed": throughput,
    "tokens-128": throughput,
    "tokens-512": throughput,
    "short": short,
    "new-length": new_length,
    "callers": callers,
    "arithmetic": arithmetic,
    "start": fresh(0),
    "memory": fresh(1),
    "memory-busy": fresh(1, "mixed"),
}
