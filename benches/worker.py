"""One of bench.py's peers on texts in one process: a line of JSON in, a line of JSON out.

    worker.py PEER SETTINGS     obeys commands until its input ends
"""

import json
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor

from peers import PEERS
from serve import seconds, serve

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
    name, settings = sys.argv[1:]
    serve(lambda: PEERS[name](json.loads(settings)), commands)


if __name__ == "__main__":
    main()
