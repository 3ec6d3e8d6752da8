// Numbers in 8 bits, for products in whole numbers (VNNI).
//
// A row of x becomes codes u from 0 to 255: x ≈ low + step · u, from the row's own least and largest value, so that what it gives does
// not depend on the rows beside it. A row of a weight becomes codes q from -127 to 127: w ≈ scale · q. Then
//   x · w ≈ scale · (step · Σ u q + low · Σ q).
// Static, as simd.h says why.
#pragma once
#include "simd.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

struct Range {
  float low, step;
};

// x: k numbers. codes: `room` of them, k rounded up to whole groups; the rest is 0. A row that holds NaN or infinity becomes NaN.
template <typename Number>
Range quantize(const Number *x, int64_t k, int64_t room, uint8_t *codes) {
  const Floats start = load(x, 1), initial = _mm512_broadcastss_ps(_mm512_castps512_ps128(start));
  Floats least = initial, most = initial, odd = _mm512_setzero_ps();
  for (int64_t j = 0; j < k; j += lanes) {
    const __mmask16 which = first(k - j);
    const Floats values = load(x + j, which);
    least = _mm512_mask_min_ps(least, which, least, values);
    most = _mm512_mask_max_ps(most, which, most, values);
    odd = _mm512_fmadd_ps(values, _mm512_setzero_ps(), odd);  // not 0 where a value is no number
  }
  const float low = _mm512_reduce_min_ps(least), wide = _mm512_reduce_max_ps(most) - low;
  const Floats inverse = all(wide > 0 ? 255.f / wide : 0.f), base = all(low);
  for (int64_t j = 0; j < room; j += lanes) {
    const Floats from_low = _mm512_sub_ps(load(x + j, first(k - j)), base);
    // Beyond k, too, there is something to take from 0: the weight has zeros there.
    const __m512i code = _mm512_cvtps_epi32(_mm512_mul_ps(from_low, inverse));
    _mm_mask_storeu_epi8(codes + j, first(room - j), _mm512_cvtusepi32_epi8(_mm512_max_epi32(code, _mm512_setzero_si512())));
  }
  return {low, wide / 255.f + _mm512_reduce_add_ps(odd)};
}

// Σ u q, as int32, become Σ x w. scales and totals (Σ q): of the columns.
inline void dequantize(float *sums, Range of, const float *scales, const float *totals, int64_t wide) {
  for (int64_t j = 0; j < wide; j += lanes) {
    const Floats products = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums + j));
    const Floats sum = _mm512_fmadd_ps(all(of.step), products, _mm512_mul_ps(all(of.low), _mm512_loadu_ps(totals + j)));
    _mm512_storeu_ps(sums + j, _mm512_mul_ps(sum, _mm512_loadu_ps(scales + j)));
  }
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
