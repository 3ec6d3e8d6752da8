#include "layer_norm.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cmath>

#include "simd.h"

namespace gx::kernels {

namespace {

// Rows of a task: enough work to be worth another thread.
int64_t rows(const LayerNorm &norm) { return std::max<int64_t>(1, 16384 / norm.n); }

}  // namespace

int64_t LayerNorm::tasks() const { return (m + rows(*this) - 1) / rows(*this); }

}  // namespace gx::kernels

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

template <typename Number>
void normalize(const LayerNorm &norm, const Number *x, Number *y) {
  const int64_t n = norm.n;
  Floats sum = _mm512_setzero_ps(), squares = sum;
  for (int64_t j = 0; j < n; j += lanes) sum = _mm512_add_ps(sum, load(x + j, first(n - j)));
  const Floats mean = all(_mm512_reduce_add_ps(sum) / static_cast<float>(n));
  for (int64_t j = 0; j < n; j += lanes) {
    const __mmask16 which = first(n - j);
    const Floats off = _mm512_maskz_sub_ps(which, load(x + j, which), mean);
    squares = _mm512_fmadd_ps(off, off, squares);
  }
  const Floats scale = all(1.f / std::sqrt(_mm512_reduce_add_ps(squares) / static_cast<float>(n) + norm.eps));
  for (int64_t j = 0; j < n; j += lanes) {
    const __mmask16 which = first(n - j);
    Floats off = _mm512_mul_ps(_mm512_sub_ps(load(x + j, which), mean), scale);
    if (norm.weight) off = _mm512_mul_ps(off, load(norm.weight + j, which));
    if (norm.bias) off = _mm512_add_ps(off, load(norm.bias + j, which));
    store(y + j, which, off);
  }
}

template <typename Number>
void run(const LayerNorm &norm, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) {
    normalize(norm, static_cast<const Number *>(norm.x) + row * norm.n, static_cast<Number *>(norm.y) + row * norm.n);
  }
}

}  // namespace

void LayerNorm::run(Tasks &tasks) const {
  for (int64_t first, end; tasks.take(first, end);) {
    const int64_t begin = first * rows(*this), last = std::min(m, end * rows(*this));
    if (numbers == Precision::f32) {
      kernels::run<float>(*this, begin, last);
    } else {
      kernels::run<uint16_t>(*this, begin, last);
    }
  }
}

}  // namespace gx::kernels

GX_KERNELS_END

#else

// Nowhere else is it available().
namespace gx::kernels {

int64_t LayerNorm::tasks() const { return 0; }
void LayerNorm::run(Tasks &) const {}

}  // namespace gx::kernels

#endif
