"""Checks CUDA against the CPU on a machine with a GPU; needs the built library and Python with numpy and a CUDA torch 2.11, no Rust.

    python3 tests/python/gpu_check.py --lib target/release/libglyxel.so --model FOLDER_OR_BUNDLE [--checkpoint FOLDER]

Loads the model on the CPU in f32 and on cuda in f32, bf16 and f16, compares the vectors, embeds from several threads at once,
and prints texts per second; beside sentence-transformers on the same GPU where it is installed and a checkpoint folder is
given (or the model is one). Says so and exits 0 where there is no GPU.

The library uses the libtorch of the installed torch package, which is not imported beside it: its CUDA part must be opened
by the library itself.
"""

import argparse
import ctypes
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
SENTENCES = HERE.parent / "fixtures" / "minilm" / "sentences.json"
PRECISIONS = ("f32", "bf16", "f16")
# Least cosine with the CPU's f32; f32 on the GPU is computed without TF32.
LIMITS = {"f32": 0.999999, "bf16": 0.9995, "f16": 0.9999}
PASSES = 5


def gpus():
    """How many devices the NVIDIA driver has; 0 without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def torch_lib():
    """Where the installed torch keeps libtorch; found without importing it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("gpu_check: this Python has no torch: install torch 2.11 built for CUDA (pip install torch==2.11.0)")
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    if not (folder / "libtorch_cuda.so").exists():
        sys.exit(f"gpu_check: the torch in {folder.parent} was built without CUDA: install a CUDA build of torch 2.11")
    return folder


def texts(path, count):
    if path:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    else:
        sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))
        lines = [" ".join(sentences[i:] + sentences[:i])[: 40 + 13 * i] for i in range(len(sentences))]
    return [lines[i % len(lines)] for i in range(count)]


def speed(embed, batch):
    embed(batch)  # shapes seen for the first time, and the GPU's clock
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        embed(batch)
        seconds.append(time.perf_counter() - start)
    return len(batch) / statistics.median(seconds)


def run_glyxel(arguments):
    """In a process of its own, without Python's torch: vectors and speeds of every device and precision."""
    import numpy as np

    for name in ("libc10.so", "libtorch_cpu.so"):
        ctypes.CDLL(str(torch_lib() / name), ctypes.RTLD_GLOBAL)
    from glyxel import Glyxel

    library = Glyxel(arguments.lib)
    print(f"  {library.build_info}", file=sys.stderr)
    batch = texts(arguments.texts, arguments.count)
    few = batch[:64]
    rows = {}
    with library.load(arguments.model) as cpu:
        expected = cpu.embed(few)
    norms = np.linalg.norm(expected, axis=1)
    for precision in PRECISIONS:
        with library.load(arguments.model, device="cuda", precision=precision) as model:
            got = model.embed(few)
            cosine = float(((got * expected).sum(1) / (np.linalg.norm(got, axis=1) * norms)).min())
            with ThreadPoolExecutor(4) as threads:
                # The barrier has all four call at once; an exception in one of them is raised by `result`.
                ready = threading.Barrier(4)
                calls = [threads.submit(lambda: (ready.wait(), model.embed(few))[1]) for _ in range(4)]
                together = max(float(np.abs(call.result() - got).max()) for call in calls)
            rows[precision] = {
                "cosine": cosine,
                "difference": float(np.abs(got - expected).max()),
                "threads": together,
                "speed": speed(model.embed, batch),
            }
    library.shutdown(10_000)
    print(json.dumps(rows))


def run_reference(arguments):
    """sentence-transformers on the same GPU, texts and precisions."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from sentence_transformers import SentenceTransformer

    batch = texts(arguments.texts, arguments.count)
    types = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
    rows = {}
    for precision in PRECISIONS:
        model = SentenceTransformer(arguments.checkpoint, device="cuda", model_kwargs={"dtype": types[precision]})
        best = max(speed(lambda t: model.encode(t, batch_size=size, show_progress_bar=False), batch) for size in (64, 256))
        rows[precision] = best
    print(json.dumps(rows))


def child(what, arguments):
    command = [sys.executable, __file__, "--run", what, "--lib", arguments.lib, "--model", arguments.model, "--count", str(arguments.count)]
    for name in ("checkpoint", "texts"):
        if getattr(arguments, name):
            command += [f"--{name}", getattr(arguments, name)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"gpu_check: {what} failed (its own words are above)")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--model", required=True, help="a bundle, or a checkpoint's folder")
    parser.add_argument("--checkpoint", help="the folder for sentence-transformers (default: the model, if it is a folder)")
    parser.add_argument("--texts", help="one text a line (default: joined sentences of the tests)")
    parser.add_argument("--count", type=int, default=4096, help="texts to time")
    parser.add_argument("--run", choices=("glyxel", "reference"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        return run_glyxel(arguments) if arguments.run == "glyxel" else run_reference(arguments)

    if gpus() == 0:
        print("no NVIDIA GPU here (libcuda.so.1 is missing or finds no device): nothing was checked")
        return
    for path in (arguments.lib, arguments.model):
        if not Path(path).exists():
            sys.exit(f"gpu_check: there is no {path}: build it where Rust is (make build), and copy it here")
    torch_lib()
    if importlib.util.find_spec("numpy") is None:
        sys.exit("gpu_check: this Python has no numpy: install it (pip install numpy)")
    if not arguments.checkpoint and Path(arguments.model).is_dir():
        arguments.checkpoint = arguments.model
    rows = child("glyxel", arguments)
    peers = child("reference", arguments) if arguments.checkpoint and importlib.util.find_spec("sentence_transformers") else {}
    print(f"{'cuda':6}{'least cosine':>14}{'largest difference':>20}{'4 threads differ':>18}{'texts/s':>10}{'sentence-tr.':>14}{'ratio':>8}")
    failed = False
    for precision, row in rows.items():
        ok = row["cosine"] >= LIMITS[precision] and row["threads"] <= (1e-5 if precision == "f32" else 2e-2)
        failed |= not ok
        peer = peers.get(precision)
        compared = f"{peer:14.0f}{row['speed'] / peer:8.2f}" if peer else f"{'-':>14}{'-':>8}"
        print(f"{precision:6}{row['cosine']:14.7f}{row['difference']:20.2e}{row['threads']:18.2e}{row['speed']:10.0f}{compared}  {'ok' if ok else 'FAILED'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
