#!/usr/bin/env python3
"""Runs the example programs: run.py BIN LANGUAGE...

Each is BIN/LANGUAGE/NAME, built from examples/LANGUAGE. The same example says the same in every language: what the first says must
have the lines below in it, and the others must say what the first does, to the letter.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MINILM = "target/models/all-MiniLM-L6-v2"
LITE0 = "target/models/tf_efficientnet_lite0"
TABBY = "target/data/cats/n02123045_281_tabby_cat.jpg"
HEADS = "tests/fixtures/heads"

# What each is given, and lines of what it says. The small fixtures have random weights: their scores mean nothing.
RUNS = {
    "first": ([], ["0.582"]),
    "similarity": ([MINILM], ["  is nearest to: Whisk the eggs with sugar until the foam is pale. (0.41)"]),
    "classify": ([LITE0, TABBY], [" %  tabby cat\n"]),
    "duplicates": ([MINILM, "examples/texts.txt", "0.8"], ["pairs with a cosine of 0.80 or more: 1"]),
    "late_interaction": ([MINILM, "Is borrowing money getting dearer?"], ["  Mortgages have become more expensive this year.", "borrowing - Mortgage"]),
    "search": ([MINILM, "When can I get to the island?"], ["  The ferry to the island leaves at half past seven."]),
    "recommend": ([MINILM], ["  A harbour guide for sailors on their first trip."]),
    "intents": ([MINILM, "How long are you open today?"], ["  opening hours"]),
    "quantize": ([MINILM, "When can I get to the island?"], ["48 bytes a vector instead of 1536", "  The ferry to the island leaves at half past seven."]),
    "classify_texts": ([f"{HEADS}/bert", "The film was good.", "why?"], ["  The film was good.", "  why?"]),
    "rerank": ([f"{HEADS}/bert_cross_encoder", "a film", "The film was good.", "a river", "why?"], ["  a river"]),
    "zero_shot_texts": ([f"{HEADS}/bert", "The film was good.", "film", "river", "story"], ["  story"]),
    "zero_shot_images": (["tests/fixtures/images/clip", TABBY, "a cat", "a dog", "a river"], ["  a dog"]),
}
# What one language alone has.
OF_ONE = {
    "cpp": {"without_exceptions": ([MINILM], ["384 numbers"])},
    "csharp": {"tasks": ([MINILM], ["200 vectors of 384 numbers"])},
}
# `make demo-vectors` runs the first, which takes minutes; tests/examples.rs the others, which are about folders.
ELSEWHERE = {"few_shot", "search_texts", "sort_photos"}


def main():
    programs, languages = sys.argv[1], sys.argv[2:]
    failed = False
    said = {}
    for language in languages:
        for name, wrong in check(programs, language, said):
            failed |= bool(wrong)
            if wrong:
                print(wrong)
            print(f"test example {name} in {language} ... {'FAILED' if wrong else 'ok'}", flush=True)
    sys.exit(failed)


def check(programs, language, said):
    """Each example's name, and what is wrong with it."""
    runs = {**RUNS, **OF_ONE.get(language, {})}
    for name in sorted(examples(language) - set(runs) - ELSEWHERE):
        yield name, f"examples/{language} has {name}, but tests/examples/run.py does not say how it is run"
    for name in sorted(name for name, (arguments, _) in runs.items() if arguments):
        yield f"{name} without its model", failing(os.path.join(programs, language, name), runs[name][0])
    for name, (arguments, lines) in runs.items():
        output, wrong = run(os.path.join(programs, language, name), arguments)
        reference = said.setdefault(name, output)
        if not wrong and output != reference:
            wrong = f"it says\n{output}\nand in the first language it says\n{reference}"
        for line in lines:
            if not wrong and line not in output:
                wrong = f"it does not say {line!r}:\n{output}"
        yield name, wrong


def failing(program, arguments):
    """What is wrong if a program does not fail with a sentence that names what is not there."""
    ended = start(program, ["/nowhere/at all", *arguments[1:]])
    if ended.returncode == 0 or "/nowhere/at all" not in ended.stderr:
        return f"{program} ended with {ended.returncode} and said: {ended.stderr}"
    return ""


def examples(language):
    """Of files and folders in examples/LANGUAGE: their names, without an extension."""
    return {name.split(".")[0] for name in os.listdir(os.path.join(ROOT, "examples", language)) if not name.startswith((".", "README", "go."))}


def run(program, arguments):
    """What it says, and what is wrong with how it ended."""
    try:
        ended = start(program, arguments)
    except (OSError, subprocess.TimeoutExpired) as reason:
        return "", f"{program}: {reason}"
    return ended.stdout, "" if ended.returncode == 0 else f"{program} ended with {ended.returncode}: {ended.stderr}"


def start(program, arguments):
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "GLYXEL_CACHE": os.path.join(ROOT, "target", "test-cache")}
    return subprocess.run([program, *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)


if __name__ == "__main__":
    main()
