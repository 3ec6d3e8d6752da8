"""One of bench.py's peers on texts in one process: a line of JSON in, a line of JSON out.

    worker.py PEER SETTINGS                  obeys commands until its input ends
    worker.py PEER SETTINGS first FORM       embeds one text, says so, ends
    worker.py PEER SETTINGS all FORM FILE    embeds every line of FILE, says so, ends
"""

import json
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from peers import PEERS
from serve import answers, seconds, serve

SHORT = "A quiet and moving story about a family that returns to the sea."  # 16 tokens with BERT's two


def commands(peer):
    def embed(ask, texts):
        return peer.embed(texts, ask["form"])

    def callers(ask):
        """Texts a second, each in a call of its own, all threads calling at once."""
        texts, threads = ask["texts"], ask["threads"]
        shares = [texts[i::threads] for i in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            each = lambda share: [embed(ask, [text]) for text in share]
            return len(texts) / seconds(lambda: list(pool.map(each, shares)))

    def save(ask):
        import numpy as np

        np.save(ask["file"], np.asarray(embed(ask, ask["texts"]), np.float32))

    return {
        "versions": lambda ask: peer.versions(),
        "vectors": lambda ask: [[float(x) for x in v] for v in embed(ask, ask["texts"])],
        "save": save,
        "throughput": lambda ask: len(ask["texts"]) / seconds(lambda: embed(ask, ask["texts"])),
        "callers": callers,
        "arithmetic": lambda ask: peer.arithmetic(),
        "latency": lambda ask: 1000 * statistics.median(seconds(lambda: embed(ask, [SHORT])) for _ in range(ask["repeats"])),
        "each": lambda ask: [1000 * seconds(lambda text=text: embed(ask, [text])) for text in ask["texts"]],
    }


def main():
    name, settings, *task = sys.argv[1:]
    make = lambda: PEERS[name](json.loads(settings))
    if not task:
        serve(make, commands)
        return
    say, peer = answers(), make()
    texts = [SHORT] if task[0] == "first" else Path(task[2]).read_text(encoding="utf-8").splitlines()
    peer.embed(texts, json.loads(task[1]))
    say("ok")


if __name__ == "__main__":
    main()
