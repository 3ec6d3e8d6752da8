// Layer norms over the last dimension.
#include "arguments.h"
#include "kernels/layer_norm.h"
#include "memory.h"
#include "padding.h"
#include "threads.h"

#include <ATen/Functions.h>

namespace gx {

namespace {

at::Tensor layer_norm(const at::Tensor &input, int64_t n, const Optional &weight, const Optional &bias, double eps) {
  TORCH_CHECK(are_floats(weight, n) && are_floats(bias, n) && are_here({input}) && n > 0 && input.dim() > 0 && input.size(-1) == n, "a layer norm of ", n, " values got rows of other sizes");
  if (!kernel_precision(input.scalar_type())) {
    const auto cast = [&](const Optional &x) { return x ? Optional(x->to(input.scalar_type())) : std::nullopt; };
    return at::layer_norm(input, {n}, cast(weight), cast(bias), eps);
  }
  const at::Tensor x = input.contiguous();
  at::Tensor y = empty_reused(x.sizes(), x.scalar_type());
  const Padding *const padding = padding_of(x.sizes());
  if (padding) padding->clear(y);
  const kernels::LayerNorm norm{precision_of(x),
                                padding ? static_cast<int64_t>(padding->places().size()) : x.numel() / n,
                                n,
                                x.const_data_ptr(),
                                weight ? weight->const_data_ptr<float>() : nullptr,
                                bias ? bias->const_data_ptr<float>() : nullptr,
                                static_cast<float>(eps),
                                y.mutable_data_ptr(),
                                padding ? padding->places().data() : nullptr};
  if (x.numel() > 0) in_parallel(norm.tasks(), norm.room(), [&](kernels::Tasks &tasks, void *room) { norm.run(tasks, room); });
  return y;
}

void run_layer_norm(torch::jit::Stack &stack) {
  Arguments arguments(stack, 5);
  const at::Tensor x = arguments.tensor();
  const int64_t n = arguments.integer();
  const Optional weight = arguments.optional_tensor(), bias = arguments.optional_tensor();
  arguments.give(layer_norm(x, n, weight, bias, arguments.number()));
}

}  // namespace

extern const Operator layer_norm_operator = {"glyxel::layer_norm(Tensor x, int n, Tensor? weight, Tensor? bias, float eps) -> Tensor", run_layer_norm};

}  // namespace gx
