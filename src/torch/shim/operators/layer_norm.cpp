// Layer norms and RMS norms over the last dimension.
#include "arguments.h"
#include "kernels/layer_norm.h"
#include "memory.h"
#include "padding.h"
#include "threads.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace gx {

namespace {

// Of rows of n values that a kernel can read.
at::Tensor normalized(const at::Tensor &input, int64_t n, const Optional &weight, const Optional &bias, double eps, at::ScalarType type, bool centred) {
  const at::Tensor x = input.contiguous();
  at::Tensor y = empty_reused(x.sizes(), type);
  const Padding *const padding = padding_of(x.sizes());
  if (padding) padding->clear(y);
  const kernels::LayerNorm norm{precision_of(x),
                                precision_of(y),
                                padding ? static_cast<int64_t>(padding->places().size()) : x.numel() / n,
                                n,
                                x.const_data_ptr(),
                                weight ? weight->const_data_ptr<float>() : nullptr,
                                bias ? bias->const_data_ptr<float>() : nullptr,
                                static_cast<float>(eps),
                                y.mutable_data_ptr(),
                                centred,
                                padding ? padding->places().data() : nullptr};
  if (x.numel() > 0) in_parallel(norm.tasks(), norm.room(), [&](kernels::Tasks &tasks, void *room) { norm.run(tasks, room); });
  return y;
}

at::Tensor layer_norm(const at::Tensor &input, int64_t n, const Optional &weight, const Optional &bias, double eps) {
  TORCH_CHECK(are_floats(weight, n) && are_floats(bias, n) && are_here({input}) && n > 0 && input.dim() > 0 && input.size(-1) == n, "a layer norm of ", n, " values got rows of other sizes");
  if (!kernel_precision(input.scalar_type())) {
    const auto cast = [&](const Optional &x) { return x ? Optional(x->to(input.scalar_type())) : std::nullopt; };
    return at::layer_norm(input, {n}, cast(weight), cast(bias), eps);
  }
  return normalized(input, n, weight, bias, eps, input.scalar_type(), true);
}

void run_layer_norm(torch::jit::Stack &stack) {
  Arguments arguments(stack, 5);
  const at::Tensor x = arguments.tensor();
  const int64_t n = arguments.integer();
  const Optional weight = arguments.optional_tensor(), bias = arguments.optional_tensor();
  arguments.give(layer_norm(x, n, weight, bias, arguments.number()));
}

// type: the result's; none: x's, and rows of another width are an error.
at::Tensor rms_norm(const at::Tensor &x, const at::Tensor &weight, double eps, std::optional<at::ScalarType> of_result) {
  const int64_t n = weight.numel();
  TORCH_CHECK(are_floats(weight, n) && are_here({x}) && n > 0 && x.dim() > 0, "an RMS norm got no rows, or weights that are not in f32");
  const at::ScalarType type = of_result.value_or(x.scalar_type());
  if (kernel_precision(x.scalar_type()) && kernel_precision(type) && x.size(-1) == n) return normalized(x, n, weight, std::nullopt, eps, type, false);
  if (!of_result) return at::rms_norm(x, {n}, weight.to(x.scalar_type()), eps);
  const at::Tensor wide = x.to(c10::promoteTypes(x.scalar_type(), at::kFloat));
  return (wide * (wide.square().mean(-1, true) + eps).rsqrt() * weight).to(type);
}

void run_rms_norm(torch::jit::Stack &stack) {
  Arguments arguments(stack, 5);
  const at::Tensor x = arguments.tensor(), weight = arguments.tensor();
  const double eps = arguments.number();
  const auto type = arguments.optional_type();
  const bool open = arguments.truth();
  arguments.give(rms_norm(x, weight, eps, type && open ? c10::promoteTypes(x.scalar_type(), *type) : type));
}

}  // namespace

extern const Operator layer_norm_operator = {"glyxel::layer_norm(Tensor x, int n, Tensor? weight, Tensor? bias, float eps) -> Tensor", run_layer_norm};
extern const Operator rms_norm_operator = {"glyxel::rms_norm(Tensor x, Tensor weight, float eps, int? type, bool open) -> Tensor", run_rms_norm};

}  // namespace gx
