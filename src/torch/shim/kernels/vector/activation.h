// What is done to sums while they are in registers.
#pragma once
#include "../product.h"
#include "math.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// From 0 to 6; NaN stays, as these instructions give the second operand for it.
inline Floats to_6(Floats x) { return least(all(6.f), most(all(0.f), x)); }

inline Floats activated(Floats x, Activation activation) {
  const Floats half = x * all(0.5f);
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return most(all(0.f), x);
    case Activation::gelu: return multiply_add(half, erf(x * all(0.70710678f)), half);
    case Activation::gelu_tanh: {
      const Floats cubic = multiply_add(x * x * all(0.044715f), x, x);
      return multiply_add(half, tanh(cubic * all(0.79788456f)), half);
    }
    case Activation::tanh: return tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::silu: return x * sigmoid(x);
    case Activation::quick_gelu: return x * sigmoid(x * all(1.702f));
    case Activation::relu6: return to_6(x);
    case Activation::hardsigmoid: return to_6(x + all(3.f)) * all(1.f / 6);
    case Activation::hardswish: return x * (to_6(x + all(3.f)) * all(1.f / 6));
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
