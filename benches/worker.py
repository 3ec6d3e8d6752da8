"""One peer in one process, driven by bench.py: a line of JSON in, a line of JSON out.

    worker.py PEER SETTINGS                 obeys commands until its input ends
    worker.py PEER SETTINGS first           embeds one text, says so, ends
    worker.py PEER SETTINGS all FILE BATCH  embeds every line of FILE, says so, ends
"""

import json
import os
import statistics
import sys
import time

from peers import PEERS

SHORT = "A quiet and moving story about a family that returns to the sea."  # 16 tokens with BERT's two


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def commands(peer, batch_of):
    return {
        "versions": lambda ask: peer.versions(),
        "vectors": lambda ask: [[float(x) for x in v] for v in peer.embed(ask["texts"], batch_of(ask))],
        "throughput": lambda ask: len(ask["texts"]) / seconds(lambda: peer.embed(ask["texts"], batch_of(ask))),
        "latency": lambda ask: 1000 * statistics.median(
            seconds(lambda: peer.embed([SHORT], batch_of(ask))) for _ in range(ask["repeats"])
        ),
    }


def answers():
    """A function that says a value to whoever started this process. Libraries may print: it goes to a copy of stdout that only this
    program knows."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(value):
        out.write(json.dumps(value) + "\n")
        out.flush()

    return say


def obey(commands, say):
    say("ready")
    for line in sys.stdin:
        ask = json.loads(line)
        say(commands[ask["do"]](ask))


def main():
    say = answers()
    name, settings, *task = sys.argv[1:]
    kind = PEERS[name]
    peer = kind(json.loads(settings))
    if task[:1] == ["first"]:
        peer.embed([SHORT], kind.batches[0])
        say("ok")
    elif task[:1] == ["all"]:
        with open(task[1], encoding="utf-8") as file:
            peer.embed(file.read().splitlines(), json.loads(task[2]))
        say("ok")
    else:
        obey(commands(peer, lambda ask: ask.get("batch", kind.batches[0])), say)


if __name__ == "__main__":
    main()
