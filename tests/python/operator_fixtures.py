"""Builds tests/fixtures/operators: archives that call our operators themselves, with what no rewrite would give them. Each file's name says what is wrong.

    python tests/python/operator_fixtures.py
"""

import io
import zipfile
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "operators"

FLOATS, CODES = "dtype=6", "dtype=1"


def zeros(sizes, kind=FLOATS):
    return f"torch.zeros({sizes}, {kind})"


def linear(x="x", packed=zeros([16 * 8]), n=16, bias="None", activation=0):
    return f"ops.glyxel.linear({x}, {packed}, {n}, {bias}, None, {activation}, 0)"


def geometry(kernel, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1)):
    return ", ".join(str(list(numbers)) for numbers in (kernel, stride, padding, dilation))


def convolution(x, packed, sides, n=16):
    return f"ops.glyxel.convolution({x}, {packed}, {n}, None, None, 0, 0, {sides})"


def depthwise(x, weight, sides, bias="None"):
    return f"ops.glyxel.depthwise({x}, {weight}, {bias}, 0, {sides})"


PICTURE = zeros([1, 16, 8, 8])
HUGE = 2**32

# x is (2, 8) in f32.
WRONG = {
    "linear_weight_too_small": linear(packed=zeros([16])),
    "linear_bias_too_small": linear(bias=zeros([15])),
    "linear_unknown_activation": linear(activation=99),
    "linear_no_outputs": linear(n=0),
    "linear_codes_of_nothing": linear(x=zeros([3, 0]), packed=zeros([128], CODES)),
    "convolution_codes": convolution(PICTURE, zeros([16 * 144 + 128], CODES), geometry([16, 3, 3])),
    "convolution_other_channels": convolution(zeros([1, 8, 8, 8]), zeros([16 * 144]), geometry([16, 3, 3])),
    "convolution_huge_kernel": convolution(zeros([1, 1, 8, 8]), zeros([0]), geometry([1, HUGE, HUGE], padding=(HUGE - 8, HUGE - 8, 0, 0)), n=1),
    "convolution_huge_dilation": convolution(zeros([1, 1, 8, 40]), zeros([16 * 9]), geometry([1, 1, 9], dilation=(1, 2**61))),
    "convolution_negative_padding": convolution(PICTURE, zeros([16 * 16]), geometry([16, 1, 1], padding=(-1, 0, 0, 0))),
    "convolution_no_stride": convolution(PICTURE, zeros([16 * 16]), geometry([16, 1, 1], stride=(0, 1))),
    "convolution_three_sides": convolution(PICTURE, zeros([16 * 16]), geometry([16, 1])),
    "depthwise_no_channels": depthwise(zeros([1, 0, 8, 8]), zeros([0]), geometry([0, 3, 3])),
    "depthwise_huge_kernel": depthwise(PICTURE, zeros([0]), geometry([16, HUGE, HUGE])),
    "depthwise_weight_in_codes": depthwise(PICTURE, zeros([9 * 16], CODES), geometry([16, 3, 3])),
    "attention_without_lines": "ops.glyxel.attention(x, x, x, [x], annotate(List[Optional[float]], [None]), 1.)",
    "layer_norm_weight_too_small": f"ops.glyxel.layer_norm(x, 8, {zeros([7])}, None, 0.00001)",
}


class Same(torch.nn.Module):
    @torch.jit.export
    def run(self, x):
        return x


def archive(expression):
    written = io.BytesIO()
    torch.jit.save(torch.jit.script(Same()), written)
    made = io.BytesIO()
    with zipfile.ZipFile(written) as original, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as changed:
        for name in original.namelist():
            data = original.read(name)
            if name.endswith(".py"):
                assert data.count(b"return x") == 1, data
                data = data.replace(b"return x", f"return {expression}".encode())
            if not name.endswith(".debug_pkl"):
                changed.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.pt"):
        old.unlink()
    (FOLDER / "right.pt").write_bytes(archive(linear()))
    for name, expression in WRONG.items():
        (FOLDER / f"{name}.pt").write_bytes(archive(expression))


if __name__ == "__main__":
    main()
