// Attention on our own kernel, for the operators that have it.
#pragma once
#include "arguments.h"

namespace gx {

// How scores become probabilities.
struct Softmax {
  // None: 1 / √width.
  std::optional<double> scale;
  // What a query gives that may see no key.
  float unseeing = 0;
};

// softmax(q · kᵀ · scale + mask) · v, or none where the kernel is not made for it; with the mask as libtorch's own attention takes it.
Optional own_kernels_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Optional &mask, const Softmax &softmax);

}  // namespace gx
