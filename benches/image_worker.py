"""One of images.py's peers in one process: a line of JSON in, a line of JSON out.

    image_worker.py PEER SETTINGS     obeys commands until its input ends
"""

import json
import sys
from pathlib import Path

from image_peers import PEERS
from serve import seconds, serve


def main():
    settings = json.loads(sys.argv[2])
    files = [path.read_bytes() for path in sorted(Path(settings["photos"]).glob("*.jpg"))]

    def commands(peer):
        def throughput(ask):
            chosen = files[: ask["count"]]
            return len(chosen) / seconds(lambda: peer.embed(chosen, ask["form"]))

        return {
            "versions": lambda ask: peer.versions(),
            "vectors": lambda ask: [[float(x) for x in v] for v in peer.embed(files[: ask["count"]], ask["form"])],
            "throughput": throughput,
        }

    serve(lambda: PEERS[sys.argv[1]](settings), commands)


if __name__ == "__main__":
    main()
