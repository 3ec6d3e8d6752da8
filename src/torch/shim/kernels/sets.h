// The kernels are compiled once for each instruction set: here is what each set has, and which one this processor is given.
#pragma once
#include "attention.h"
#include "depthwise.h"
#include "layer_norm.h"
#include "product.h"

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
};

// The fastest set that has the instructions for a precision, or null.
const Set *set_of(Precision precision);

// Whether its kernels can write bf16, whatever they multiply.
bool writes_bf16(Precision precision);

}  // namespace gx::kernels
