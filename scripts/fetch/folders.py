"""Files and folders that appear whole or not at all."""

import fcntl
import os
import shutil
from contextlib import contextmanager


class Refused(Exception):
    """What is wrong and what to do, in a sentence."""


def say(text):
    print(text, flush=True)


def downloads(target):
    folder = os.path.join(target, "downloads")
    os.makedirs(folder, exist_ok=True)
    return folder


@contextmanager
def locked(target, name):
    """One fetch of a thing at a time; the lock goes with the process, however that ends."""
    with open(os.path.join(downloads(target), f".{name}.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"waiting for another fetch of {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove(path):
    if os.path.islink(path) or os.path.isfile(path):
        os.remove(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


@contextmanager
def fresh(path):
    """An empty folder beside `path`, gone afterwards unless it was renamed; what a killed run left goes too."""
    temporary = path + ".partial"
    remove(temporary)
    os.makedirs(temporary)
    try:
        yield temporary
    finally:
        remove(temporary)


def once(name, *place):
    """Makes of `make(target, temporary)`, which returns what it made in that empty folder, a function that puts it in its
    place below target, unless it is there."""

    def fetch_by(make):
        def fetch(target):
            into = os.path.join(target, *place)
            # It appears whole, by a rename.
            if os.path.exists(into):
                return
            with locked(target, name):
                if not os.path.exists(into):
                    with fresh(into) as temporary:
                        os.rename(make(target, temporary), into)

        return fetch

    return fetch_by


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
