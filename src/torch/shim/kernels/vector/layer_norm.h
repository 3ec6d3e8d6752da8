// Layer norms, each row in three passes over what is in the cache by then.
#pragma once
#include <algorithm>
#include <cmath>

#include "../layer_norm.h"
#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Rows of a task: enough work to be worth another thread.
int64_t rows_of_task(const LayerNorm &norm) { return std::max<int64_t>(1, 16384 / norm.n); }

int64_t tasks(const LayerNorm &norm) { return (norm.m + rows_of_task(norm) - 1) / rows_of_task(norm); }

template <typename From, typename To>
void normalize(const LayerNorm &norm, const From *x, To *y) {
  const int64_t n = norm.n;
  Floats sum = all(0.f), squares = sum;
  for (int64_t j = 0; norm.centred && j < n; j += lanes) sum = sum + load(x + j, first(n - j));
  const Floats mean = all(sum_of_all(sum) / static_cast<float>(n));
  for (int64_t j = 0; j < n; j += lanes) {
    const Mask which = first(n - j);
    const Floats off = select(which, load(x + j, which) - mean, all(0.f));
    squares = multiply_add(off, off, squares);
  }
  const Floats scale = all(1.f / std::sqrt(sum_of_all(squares) / static_cast<float>(n) + norm.eps));
  for (int64_t j = 0; j < n; j += lanes) {
    const Mask which = first(n - j);
    Floats off = (load(x + j, which) - mean) * scale;
    if (norm.weight) off = off * load(norm.weight + j, which);
    if (norm.bias) off = off + load(norm.bias + j, which);
    store(y + j, which, off);
  }
}

template <typename From, typename To>
void run(const LayerNorm &norm, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) {
    const int64_t row = norm.which ? norm.which[i] : i;
    normalize(norm, static_cast<const From *>(norm.x) + row * norm.n, static_cast<To *>(norm.y) + row * norm.n);
  }
}

size_t room(const LayerNorm &) { return 0; }

void run(const LayerNorm &norm, Tasks &tasks, void *) {
  for (int64_t first, end; tasks.take(first, end);) {
    const int64_t begin = first * rows_of_task(norm), last = std::min(norm.m, end * rows_of_task(norm));
    if (norm.numbers == Precision::f32) {
      norm.result == Precision::f32 ? run<float, float>(norm, begin, last) : run<float, uint16_t>(norm, begin, last);
    } else {
      norm.result == Precision::f32 ? run<uint16_t, float>(norm, begin, last) : run<uint16_t, uint16_t>(norm, begin, last);
    }
  }
}

}  // namespace

}  // namespace gx::kernels

GX_KERNELS_END
