"""One of images.py's peers in one process: a line of JSON in, a line of JSON out.

    image_worker.py PEER SETTINGS     obeys commands until its input ends
"""

import json
import sys
from pathlib import Path

from image_peers import PEERS
from worker import answers, obey, seconds


def main():
    say = answers()
    settings = json.loads(sys.argv[2])
    peer = PEERS[sys.argv[1]](settings)
    files = [path.read_bytes() for path in sorted(Path(settings["photos"]).glob("*.jpg"))]

    def vectors(ask):
        return [[float(x) for x in v] for v in peer.embed(files[: ask["count"]], ask["batch"])]

    def throughput(ask):
        chosen = files[: ask["count"]]
        return len(chosen) / seconds(lambda: peer.embed(chosen, ask["batch"]))

    obey({"versions": lambda ask: peer.versions(), "vectors": vectors, "throughput": throughput}, say)


if __name__ == "__main__":
    main()
