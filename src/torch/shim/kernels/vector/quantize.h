// Numbers in 8 bits, for products in whole numbers.
//
// A row of x becomes codes u from 0 to 255: x ≈ low + step · u, from the row's own least and largest value, so that what it gives does
// not depend on the rows beside it. A row of a weight becomes codes q from -127 to 127: w ≈ scale · q. Then
//   x · w ≈ scale · (step · Σ u q + low · Σ q).
#pragma once
#include <cstring>

#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

struct Range {
  float low, step;
};

inline float number(const float *x) { return *x; }
inline float number(const uint16_t *x) {
  const uint32_t bits = static_cast<uint32_t>(*x) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// x: k numbers. codes: `room` of them, k rounded up to whole groups; the rest is 0. A row that holds NaN or infinity becomes NaN.
template <typename Number>
Range quantize(const Number *x, int64_t k, int64_t room, uint8_t *codes) {
  Floats lowest = all(number(x)), highest = lowest, odd = all(0.f);
  for (int64_t j = 0; j < k; j += lanes) {
    const Mask which = first(k - j);
    const Floats values = load(x + j, which);
    lowest = select(which, least(lowest, values), lowest);
    highest = select(which, most(highest, values), highest);
    odd = multiply_add(values, all(0.f), odd);  // not 0 where a value is no number
  }
  const float low = least_of_all(lowest), wide = most_of_all(highest) - low;
  const Floats inverse = all(wide > 0 ? 255.f / wide : 0.f), base = all(low);
  for (int64_t j = 0; j < room; j += lanes) {
    // Beyond k, too, there is something to take from 0: the weight has zeros there.
    store_bytes(codes + j, first(room - j), (load(x + j, first(k - j)) - base) * inverse);
  }
  return {low, wide / 255.f + sum_of_all(odd)};
}

// Σ u q, as int32, become Σ x w. scales and totals (Σ q): of the columns.
inline void dequantize(float *sums, Range of, const float *scales, const float *totals, int64_t wide) {
  for (int64_t j = 0; j < wide; j += lanes) {
    const Floats products = to_floats(load_groups(reinterpret_cast<const int32_t *>(sums + j)));
    const Floats sum = multiply_add(all(of.step), products, all(of.low) * load(totals + j, every));
    store(sums + j, every, sum * load(scales + j, every));
  }
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
