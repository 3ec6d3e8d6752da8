"""Compiles the C++ that docs/similarity.md shows for usearch and faiss, runs it over random vectors, and compares what it finds with
top_k; exits non-zero if a limit is passed.

    python tests/python/index_snippets.py --lib target/release/libglyxel.so --usearch FOLDER

FOLDER holds usearch's headers. faiss's headers and library are the system's (Debian: libfaiss-dev).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import numpy as np
from glyxel import Glyxel
from parity_checks import Table

PAGE = HERE.parent.parent / "docs" / "similarity.md"
FAISS_LIBRARIES = ["-lfaiss", "-fopenmp", "-llapack", "-lblas"]  # Debian's faiss is a static library
ROWS, DIM, QUERIES, K = 20_000, 64, 100, 10

# What stands behind a block: reads the vectors (or codes) and the queries, writes the places found.
READ = f"""
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>
constexpr size_t N = {ROWS}, DIM = {DIM}, M = {QUERIES}, K = {K};
"""
READ += """
template <typename T> static std::vector<T> read(const char *path, size_t n) {
    std::vector<T> values(n);
    FILE *file = std::fopen(path, "rb");
    if (!file || std::fread(values.data(), sizeof(T), n, file) != n) std::abort();
    std::fclose(file);
    return values;
}
static void write(const std::vector<int64_t> &places) { std::fwrite(places.data(), 8, places.size(), stdout); }
"""
USEARCH = """
int main(int, char **a) {
    auto vectors = read<float>(a[1], N * DIM), queries = read<float>(a[2], M * DIM);
    auto index = make_index(vectors.data(), N, DIM);
    std::vector<int64_t> places;
    for (size_t i = 0; i < M; i++) {
        std::vector<index_dense_t::vector_key_t> found(K);
        if (search(index, queries.data() + i * DIM, K, found.data()) != K) std::abort();
        places.insert(places.end(), found.begin(), found.end());
    }
    write(places);
}
"""
FAISS = """
int main(int, char **a) {
    auto vectors = read<float>(a[1], N * DIM), queries = read<float>(a[2], M * DIM);
    std::vector<int64_t> found(M * K);
    std::vector<float> cosines(M * K);
    search(*make_index(vectors.data(), N, DIM), queries.data(), M, K, found.data(), cosines.data());
    write(found);
}
"""
BITS = """
int main(int, char **a) {
    auto codes = read<uint8_t>(a[1], N * DIM / 8), queries = read<uint8_t>(a[2], M * DIM / 8);
    std::vector<int64_t> places;
    for (size_t i = 0; i < M; i++) {
        std::vector<int64_t> found(K);
        std::vector<int32_t> differ(K);
        search(codes.data(), N, DIM, queries.data() + i * DIM / 8, K, found.data(), differ.data());
        places.insert(places.end(), differ.begin(), differ.end());
    }
    write(places);
}
"""


def run(work, block, main, inputs, *flags):
    """What the block, with `main` behind it, writes for two arrays: a row of K numbers for each query."""
    (work / "block.cpp").write_text(block + READ + main, encoding="utf-8")
    for name, values in zip(("first", "second"), inputs):
        values.tofile(work / name)
    compiler = os.environ.get("CXX", "c++")
    strict = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *strict, str(work / "block.cpp"), "-o", str(work / "block"), *flags], check=True)
    out = subprocess.run([str(work / "block"), str(work / "first"), str(work / "second")], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(out, dtype=np.int64).reshape(QUERIES, K)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--usearch", required=True, help="the folder with usearch/index_dense.hpp in it")
    arguments = parser.parse_args()
    if not Path("/usr/include/faiss").is_dir():
        sys.exit("faiss's headers are not there: apt-get install libfaiss-dev")

    library, table = Glyxel(arguments.lib), Table()
    section = PAGE.read_text(encoding="utf-8").split("\n## Millions of vectors\n")[1].split("\n## ")[0]
    usearch, faiss, bits = re.findall(r"^```c\+\+\n(.*?)^```$", section, re.M | re.S)
    # Points near some hundred centres, as sentences have subjects.
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((200, DIM), dtype=np.float32)
    near = lambda n: centres[rng.integers(0, 200, n)] + rng.standard_normal((n, DIM), dtype=np.float32)
    unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
    vectors, queries = unit(near(ROWS)), unit(near(QUERIES))
    exact, _ = library.top_k(queries, vectors, K)
    share = lambda found: np.mean([len(set(a) & set(b)) / K for a, b in zip(found.tolist(), exact.tolist(), strict=True)])
    with tempfile.TemporaryDirectory(prefix="glyxel-index-") as folder:
        work = Path(folder)
        found = share(run(work, usearch, USEARCH, (vectors, queries), f"-isystem{arguments.usearch}"))
        table.add("usearch: share of the exact nearest", f"{found:.3f}", "≥ 0.9", found >= 0.9)
        found = share(run(work, faiss, FAISS, (vectors, queries), *FAISS_LIBRARIES))
        table.add("faiss, HNSW: share of the exact nearest", f"{found:.3f}", "≥ 0.9", found >= 0.9)
        codes, asked = (library.quantize(rows, "ubinary") for rows in (vectors, queries))
        differ = run(work, bits, BITS, (codes, asked), *FAISS_LIBRARIES)
        _, ours = library.top_k_quantized(asked, codes, DIM, "ubinary", K)
        wrong = int((np.abs(ours) != differ).sum())
        table.add("faiss, bits: distances other than top_k_quantized's", str(wrong), "0", wrong == 0)
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
