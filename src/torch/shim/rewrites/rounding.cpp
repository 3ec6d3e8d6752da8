#include "rounding.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <limits>

namespace gx {

namespace {

// By way of f32, as everything else is rounded.
at::Tensor nearest(const at::Tensor &values, at::ScalarType type) { return values.to(at::kFloat).to(type); }

// (output, input, pixels), in double.
at::Tensor passing_on(const at::Tensor &kernels, at::ScalarType type) {
  std::vector<at::Tensor> values;
  at::Tensor lost = at::zeros_like(kernels.select(-1, 0));
  for (int64_t i = 0; i < kernels.size(-1); i++) {
    const at::Tensor wanted = kernels.select(-1, i) + lost;
    values.push_back(nearest(wanted, type));
    lost = wanted - values.back().to(at::kDouble);
  }
  return at::stack(values, -1);
}

// (output, input), in double.
at::Tensor keeping_sums(const at::Tensor &rows, at::ScalarType type) {
  const at::Tensor near = nearest(rows, type), error = near.to(at::kDouble) - rows;
  const at::Tensor beyond = at::full_like(rows, std::numeric_limits<double>::infinity()).copysign(-error);
  const at::Tensor far = at::nextafter(near, beyond.to(type)), step = (far - near).to(at::kDouble);
  // What going the other way costs, for what it takes from the sum; never, where it would add to it.
  const at::Tensor sum = error.sum(-1, /*keepdim=*/true);
  const at::Tensor cost = ((error + step).square() - error.square()) / step.abs();
  const at::Tensor order = at::where(step * sum < 0, cost, std::numeric_limits<double>::infinity()).argsort(/*stable=*/true, -1);
  const at::Tensor steps = at::where(step * sum < 0, step, 0.).gather(-1, order);
  // The first so many of the cheapest, none if that is best.
  const at::Tensor sums = at::cat({sum, sum + steps.cumsum(-1)}, -1);
  const at::Tensor count = sums.abs().argmin(-1, /*keepdim=*/true);
  const at::Tensor places = at::arange(rows.size(-1), count.options()).expand_as(order);
  const at::Tensor turned = at::zeros_like(rows, at::kBool).scatter(-1, order, places < count);
  return at::where(turned, far, near);
}

}  // namespace

at::Tensor rounded(const at::Tensor &weight, at::ScalarType type) {
  const bool narrows = at::isReducedFloatingType(type) && !at::isReducedFloatingType(weight.scalar_type());
  if (!narrows || weight.dim() != 4 || weight.numel() == 0) return weight.to(type);
  const at::Tensor kernels = weight.to(at::kDouble).flatten(2);
  const bool pixel = kernels.size(-1) == 1;
  return (pixel ? keeping_sums(kernels.squeeze(-1), type) : passing_on(kernels, type)).reshape(weight.sizes());
}

}  // namespace gx
