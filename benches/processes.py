"""Peers in processes of their own, never computing while another does. This imports nothing big: a child's peak memory begins
with its parent's."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from forms import default, fastest, words

HERE = Path(__file__).resolve().parent
# what a shell may carry that would change a peer's threads
SWEEP = ("OPENBLAS_", "OMP_", "MKL_", "KMP_", "GOMP_", "GLYXEL_")


def environment():
    kept = {k: v for k, v in os.environ.items() if not k.startswith(SWEEP)}
    return kept | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "PYTHONWARNINGS": "ignore"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_script(name, *arguments):
    """One of this folder's programs that need torch, to its end; what it prints is dropped, what it warns of is not."""
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    subprocess.run(command, check=True, env=environment(), stdout=subprocess.DEVNULL)


class Subject:
    """A peer in one precision; `worker` is the program that runs it."""

    def __init__(self, worker, peer, precision, settings):
        self.worker, self.peer, self.precision = worker, peer, precision
        self.name = f"{peer.name} {precision}"
        self.settings = settings | {"precision": precision}
        self.axes = peer.forms[precision]
        self.form = default(self.axes)
        self.process = None

    def start(self):
        """The sentence with which the peer refuses this precision, or None: then it is ready."""
        command = [sys.executable, str(HERE / self.worker), self.peer.name, json.dumps(self.settings)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())
        answer = self.answer()
        if answer == "ready":
            return None
        self.stop()
        return answer["refused"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with status {self.process.wait()}: its message is above")
        return json.loads(line)

    def choose(self, speed, indifferent=()):
        """Takes on the fastest of its forms, each measured twice: the first time is for what is made only once. `indifferent`: axes
        that do not matter here."""
        def twice(form):
            self.form = form
            return [speed(self) for _ in range(2)][-1]

        axes = {axis: options[:1] if axis in indifferent else options for axis, options in self.axes.items()}
        if any(len(options) > 1 for options in axes.values()):
            self.form = fastest(axes, twice)
        say(f"{self.name}: {words(self.form)}")

    def ask(self, do, **more):
        self.process.stdin.write(json.dumps({"do": do, "form": self.form, **more}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


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


def rounds(subjects, count, measure):
    """`count` rounds over all subjects, each round beginning with another one; all values for each subject."""
    values = {s.name: [] for s in subjects}
    for i in range(count):
        first = i % max(1, len(subjects))
        for s in subjects[first:] + subjects[:first]:
            values[s.name].append(measure(s))
            time.sleep(0.3)  # let the last one's worker threads stop spinning
    return values


def summary(values):
    return {"median": statistics.median(values), "all": [round(v, 4) for v in values]}


def worst_cosine(a, b):
    def cosine(x, y):
        return sum(p * q for p, q in zip(x, y)) / math.sqrt(sum(p * p for p in x) * sum(q * q for q in y))

    return min(map(cosine, a, b))
