"""What first_vector.c is for this library, around ONNX Runtime: nothing is imported that this does not need.

    first_vector.py GRAPH.onnx TOKENIZER.json THREADS BATCH [FILE]     with FILE: embeds every line of it

Prints "ok" when the vectors are there."""

import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

graph, tokenizer, threads, batch, *file = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(tokenizer)
tokenizer.enable_truncation(512)
tokenizer.no_padding()

texts = ["A quiet and moving story about a family that returns to the sea."]
if file:
    with open(file[0], encoding="utf-8") as lines:
        texts = lines.read().splitlines()
rows = [one.ids for one in tokenizer.encode_batch_fast(texts)] if file else [tokenizer.encode(texts[0]).ids]
order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
vectors = [None] * len(rows)
for start in range(0, len(rows), int(batch)):
    part = order[start : start + int(batch)]
    ids = np.zeros((len(part), len(rows[part[0]])), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(part):
        ids[i, : len(rows[row])] = rows[row]
        mask[i, : len(rows[row])] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    for row, vector in zip(part, session.run(None, inputs)[0]):
        vectors[row] = vector
print("ok", flush=True)
