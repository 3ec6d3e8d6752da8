// The kernels are compiled once for each instruction set: here is what each set has, and which one this processor is given.
#pragma once
#include "attention.h"
#include "depthwise.h"
#include "layer_norm.h"
#include "product.h"
#include "rotary.h"

namespace gx::kernels {

// What is done with work of a kind.
template <typename Work>
struct Kernel {
  int64_t (*tasks)(const Work &);
  size_t (*room)(const Work &);
  void (*run)(const Work &, Tasks &, void *room);
};

struct Set {
  const char *name;
  int64_t panel;  // columns of a panel, see packing.h
  Kernel<Product> product;
  Kernel<Attention> attention;
  Kernel<LayerNorm> layer_norm;
  Kernel<Depthwise> depthwise;
  Kernel<Rotary> rotary;
};

// The newest set that this processor has, or null. GLYXEL_WITHOUT leaves one out and all that are newer: avx2, avx2_vnni, avx512, avx512_vnni, avx512_bf16.
const Set *chosen();

// Whether it multiplies bf16 faster than f32.
bool has_fast_bf16();

}  // namespace gx::kernels
