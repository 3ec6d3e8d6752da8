// What is done to sums while they are in registers. Static, as simd.h says why.
#pragma once
#include "product.h"
#include "simd.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// From 0 to 6; NaN stays, as these instructions give the second operand for it.
inline Floats to_6(Floats x) { return _mm512_min_ps(all(6.f), _mm512_max_ps(_mm512_setzero_ps(), x)); }

inline Floats activated(Floats x, Activation activation) {
  const Floats half = _mm512_mul_ps(x, all(0.5f));
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return _mm512_max_ps(_mm512_setzero_ps(), x);
    case Activation::gelu: return _mm512_fmadd_ps(half, erf(_mm512_mul_ps(x, all(0.70710678f))), half);
    case Activation::gelu_tanh: {
      const Floats cubic = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_mul_ps(x, x), all(0.044715f)), x, x);
      return _mm512_fmadd_ps(half, tanh(_mm512_mul_ps(cubic, all(0.79788456f))), half);
    }
    case Activation::tanh: return tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::silu: return _mm512_mul_ps(x, sigmoid(x));
    case Activation::quick_gelu: return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(x, all(1.702f))));
    case Activation::relu6: return to_6(x);
    case Activation::hardsigmoid: return _mm512_mul_ps(to_6(_mm512_add_ps(x, all(3.f))), all(1.f / 6));
    case Activation::hardswish: return _mm512_mul_ps(x, _mm512_mul_ps(to_6(_mm512_add_ps(x, all(3.f))), all(1.f / 6)));
  }
  return x;
}

template <Activation activation>
struct Activated {
  Floats operator()(Floats x) const { return activated(x, activation); }
};

// Calls `run` with what an activation does, so that a loop in it decides nothing.
template <typename Run>
void with_activation(Activation activation, const Run &run) {
#define GX_CASE(NAME) \
  case Activation::NAME: return run(Activated<Activation::NAME>())
  switch (activation) {
    GX_CASE(none);
    GX_CASE(relu);
    GX_CASE(gelu);
    GX_CASE(gelu_tanh);
    GX_CASE(tanh);
    GX_CASE(sigmoid);
    GX_CASE(silu);
    GX_CASE(quick_gelu);
    GX_CASE(relu6);
    GX_CASE(hardsigmoid);
    GX_CASE(hardswish);
  }
#undef GX_CASE
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
