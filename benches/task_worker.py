"""One of tasks.py's peers in one process: a line of JSON in, a line of JSON out.

    task_worker.py PEER SETTINGS                     obeys commands until its input ends; SETTINGS name the task
    task_worker.py model FOLDER TOKENIZER            makes the model that texts are classified with, of random weights
"""

import json
import statistics
import sys
from pathlib import Path

from task_peers import TASKS
from serve import seconds, serve

# all-MiniLM-L6-v2's size
SIZE = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512}


def make_model(folder, tokenizer_from):
    import torch
    import transformers

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "python"))
    from parity_models import write_tokenizer

    torch.manual_seed(7)
    labels = {0: "blame", 1: "neither", 2: "praise"}
    config = transformers.BertConfig(vocab_size=30522, id2label=labels, label2id={name: i for i, name in labels.items()}, **SIZE)
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    write_tokenizer(Path(folder), tokenizer_from, 256)


def commands(peer):
    def results(ask):
        return [[float(x) for x in row] for row in peer.run(peer.inputs(ask["count"]), ask["form"])]

    def throughput(ask):
        inputs = peer.inputs(ask["count"])
        return len(inputs) / seconds(lambda: peer.run(inputs, ask["form"]))

    def latency(ask):
        inputs = peer.inputs(1)
        return 1000 * statistics.median(seconds(lambda: peer.run(inputs, ask["form"])) for _ in range(ask["repeats"]))

    return {"versions": lambda ask: peer.versions(), "results": results, "throughput": throughput, "latency": latency}


def main():
    if sys.argv[1] == "model":
        make_model(*sys.argv[2:])
        return
    settings = json.loads(sys.argv[2])
    serve(lambda: TASKS[settings["task"]][sys.argv[1]](settings), commands)


if __name__ == "__main__":
    main()
