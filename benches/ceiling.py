"""What oneDNN reaches on this machine with the matrix products of a model and nothing else: prepacked weights, as many rows as a large
batch has, and the fastest of several numbers of rows for each product. A peer of bench.py's; it needs torch."""

import time

ROWS = (512, 1024, 2048, 4096, 8192)
BUDGET = 0.3  # seconds for each product and number of rows


def shapes(size):
    """(in, out) of the products of a layer: query, key and value as one, the attention's output, the two of the feed-forward net."""
    hidden, inner = size["hidden"], size["inner"]
    return [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)]


def layer_flops(size, tokens):
    """Of one token of a text of `tokens`: its products with weights, and its attention."""
    return 2 * sum(a * b for a, b in shapes(size)) + 4 * tokens * size["hidden"]


def text_flops(size, tokens):
    return size["layers"] * tokens * layer_flops(size, tokens)


def gflops(product, flops):
    product()
    times = []
    while sum(times) < BUDGET or len(times) < 3:
        start = time.perf_counter()
        product()
        times.append(time.perf_counter() - start)
    return flops / min(times) / 1e9


class Ceiling:
    name = "oneDNN ceiling"
    forms = {"f32": {}, "bf16": {}}

    def __init__(self, settings):
        import torch

        torch.set_num_threads(settings["threads"])
        self.torch, self.size = torch, settings["size"]
        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[settings["precision"]]

    def fastest(self, columns, out):
        torch, best = self.torch, 0
        weight, bias = torch.randn(out, columns).to(self.dtype), torch.zeros(out).to(self.dtype)
        for rows in ROWS:
            packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
            x = torch.randn(rows, columns).to(self.dtype)
            product = lambda: torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
            best = max(best, gflops(product, 2 * rows * columns * out))
        return best

    def arithmetic(self):
        """GFLOP/s over the products of a layer, each weighing as much as it has to compute."""
        with self.torch.inference_mode():
            work = [(columns * out, self.fastest(columns, out)) for columns, out in shapes(self.size)]
        return sum(flops for flops, _ in work) / sum(flops / speed for flops, speed in work)

    def versions(self):
        return {"torch": self.torch.__version__}
