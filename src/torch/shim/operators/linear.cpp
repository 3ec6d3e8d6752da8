// Linear layers.
#include "arguments.h"

namespace gx {

namespace {

void run_linear(torch::jit::Stack &stack) {
  Arguments arguments(stack, 8);
  const at::Tensor input = arguments.tensor(), packed = arguments.tensor();
  const int64_t n = arguments.integer();
  TORCH_CHECK(input.dim() > 0, "a linear layer got a single number");
  TORCH_CHECK(n > 0, "a linear layer gives ", n, " values");
  ProductCall call{input.contiguous(), packed, n, input.size(-1), arguments};
  call.gated = arguments.truth();
  std::vector<int64_t> sizes(input.sizes().begin(), input.sizes().end());
  sizes.back() = n;
  const Optional other = call.take_other_residual(sizes);
  if (call.residual) call.residual = call.residual->contiguous();
  arguments.give(with_residual(product(call, sizes), other, call.last, call.gated));
}

}  // namespace

extern const Operator linear_operator = {
    "glyxel::linear(Tensor x, Tensor packed, int n, Tensor? bias, Tensor? residual, int activation, int last, bool gated=False) -> Tensor", run_linear};

}  // namespace gx
