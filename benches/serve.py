"""How a peer's process talks with the one that started it: a line of JSON in, a line of JSON out."""

import json
import os
import sys
import time


class Refused(Exception):
    """The library says that it cannot do this."""


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


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


def serve(make, commands):
    """Makes a peer and does what is asked of it, until the input ends; or says that it refuses."""
    say = answers()
    try:
        peer = make()
    except Refused as reason:
        say({"refused": str(reason)})
    else:
        obey(commands(peer), say)
