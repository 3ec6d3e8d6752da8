"""The texts that are measured. They are made in a process of its own, since it needs the tokenizer:

    text_inputs.py FOLDER MINILM REVIEWS     FOLDER/{mixed, calibration, tokens-N …}.txt, a text a line

`mixed` are real sentences in the reviews' order; `calibration` others, for int8; `tokens-N` are exactly N tokens long, BERT's two included.
"""

import sys
from pathlib import Path

MIXED = 4000
CALIBRATION = 400
# Lengths that a process that has seen 16 tokens sees for the first time: all of other multiples of 8 and 16.
NEW = (21, 37, 53, 69, 85, 101, 117)
EXACT = {128: 64, 512: 16} | {length: 1 for length in NEW}


def read(folder, name):
    return (Path(folder) / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def write(folder, name, texts):
    (Path(folder) / f"{name}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")


def main(folder, minilm, reviews):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(minilm) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lines = Path(reviews).read_text(encoding="utf-8").splitlines()
    write(folder, "mixed", lines[:MIXED])
    write(folder, "calibration", lines[-CALIBRATION:])
    words = [word for line in lines[MIXED:-CALIBRATION] for word in line.split()]
    whole = [word for word, one in zip(words, tokenizer.encode_batch(words, add_special_tokens=False), strict=True) if len(one.ids) == 1]
    start = 0
    for length, count in EXACT.items():
        texts = []
        for _ in range(count):
            texts.append(" ".join(whole[start : start + length - 2]))
            start += length - 2
        found = {len(one.ids) for one in tokenizer.encode_batch(texts)}
        if found != {length}:
            raise SystemExit(f"texts of {length} tokens have {sorted(found)}: words of one token each became others side by side")
        write(folder, f"tokens-{length}", texts)


if __name__ == "__main__":
    main(*sys.argv[1:])
