#include "rounding.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace gx {

at::Tensor rounded(const at::Tensor &weight, at::ScalarType type) {
  const bool narrows = at::isReducedFloatingType(type) && !at::isReducedFloatingType(weight.scalar_type());
  if (!narrows || weight.dim() != 4 || weight.numel() == 0) return weight.to(type);
  const at::Tensor kernels = weight.to(at::kDouble).flatten(2);
  std::vector<at::Tensor> values;
  at::Tensor lost = at::zeros_like(kernels.select(-1, 0));
  for (int64_t i = 0; i < kernels.size(-1); i++) {
    const at::Tensor wanted = kernels.select(-1, i) + lost;
    // By way of f32, as everything else is rounded.
    values.push_back(wanted.to(at::kFloat).to(type));
    lost = wanted - values.back().to(at::kDouble);
  }
  return at::stack(values, -1).view(weight.sizes());
}

}  // namespace gx
