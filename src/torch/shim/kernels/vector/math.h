// Functions of each lane's number.
#pragma once
#include <initializer_list>

#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// e^x. 2^n · e^r with |r| ≤ ln 2 / 2; the series of e^r to r^6, which is within an ulp there.
inline Floats exp(Floats x) {
  // Beyond these it is 0 or infinity. NaN stays, as these instructions give the second operand for it. Nothing below the smallest normal number comes
  // about, not even in lanes that become 0: the processor takes much longer over those, and masks have many.
  constexpr float lowest = -87.3f;
  const auto is_normal = is_not_below(x, lowest);
  x = least(all(89.f), most(all(lowest), x));
  const Floats n = rounded(x * all(1.44269504f));
  // ln 2 in two parts, so that r loses nothing.
  Floats r = subtract_product(n, all(0.693359375f), x);
  r = subtract_product(n, all(-2.12194440e-4f), r);
  Floats sum = all(1.f / 720);
  for (const float next : {1.f / 120, 1.f / 24, 1.f / 6, 1.f / 2, 1.f, 1.f}) sum = multiply_add(sum, r, all(next));
  return select(is_normal, scaled(sum, n), all(0.f));
}

// The error function, within 4e-7. x · P(x²) / Q(x²), fitted on [0, 3.95], beyond which it is 1.
inline Floats erf(Floats x) {
  const Floats z = most(least(x, all(3.95f)), all(-3.95f)), t = z * z;
  Floats p = all(2.0117643e-6f), q = all(3.7839873e-5f);
  for (const float next : {2.8759928e-4f, 3.9172312e-3f, 5.3206787e-2f, 0.19403358f, 1.1283790f}) p = multiply_add(p, t, all(next));
  for (const float next : {1.1981812e-3f, 1.5270526e-2f, 0.11558989f, 0.50528926f, 1.f}) q = multiply_add(q, t, all(next));
  return select(is_nearer_to_0(x, 3.95f), z * p * inverse(q), with_sign_of(all(1.f), x));
}

// 1 / (1 + e^-x).
inline Floats sigmoid(Floats x) { return all(1.f) / (all(1.f) + exp(all(0.f) - x)); }

// 2 · sigmoid(2x) − 1 loses the last bits near 0, where x − x³/3 has them.
inline Floats tanh(Floats x) {
  const Floats far = multiply_subtract(all(2.f), sigmoid(x + x), all(1.f));
  const Floats t = x * x;
  Floats series = all(-17.f / 315);
  for (const float next : {2.f / 15, -1.f / 3, 1.f}) series = multiply_add(series, t, all(next));
  return select(is_nearer_to_0(x, 0.1f), x * series, far);
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
