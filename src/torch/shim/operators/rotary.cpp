// Rotary positions.
#include "arguments.h"
#include "kernels/rotary.h"
#include "memory.h"
#include "threads.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <numeric>

namespace gx {

namespace {

using kernels::Rotary;

// As the graph had it.
at::Tensor by_libtorch(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin, std::optional<int64_t> half, int64_t dim) {
  const auto halves = half ? std::vector<at::Tensor>{x.slice(dim, 0, *half), x.slice(dim, *half)} : x.chunk(2, dim);
  TORCH_CHECK(halves.size() == 2, "rotary positions got rows of one value");
  return x * cos + at::cat({-halves[1], halves[0]}, -1) * sin;
}

bool fits(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin, std::optional<int64_t> half, int64_t dim) {
  if (!are_here({x, cos, sin}) || x.dim() < 1 || x.dim() > Rotary::most_dims + 1 || (dim != -1 && dim != x.dim() - 1)) return false;
  const int64_t width = x.size(-1);
  if (width < 2 || width % 2 != 0 || (half && *half * 2 != width) || x.stride(-1) != 1 || x.numel() == 0) return false;
  for (const auto &table : {cos, sin}) {
    if (table.dim() < 1 || table.size(-1) != width || !at::is_expandable_to(table.sizes(), x.sizes()) || !kernel_precision(table.scalar_type())) return false;
  }
  return kernel_precision(x.scalar_type()).has_value();
}

at::Tensor rotary(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin, std::optional<int64_t> half, int64_t dim) {
  if (!fits(x, cos, sin, half, dim)) return by_libtorch(x, cos, sin, half, dim);
  const auto type = c10::promoteTypes(x.scalar_type(), c10::promoteTypes(cos.scalar_type(), sin.scalar_type()));
  // The result lies as libtorch would lay it: in the order in which x does, without gaps.
  const auto outer = static_cast<size_t>(x.dim() - 1);
  std::vector<int64_t> order(outer + 1);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end() - 1, [&x](int64_t a, int64_t b) { return x.stride(a) > x.stride(b); });
  const auto lies = [&](const at::Tensor &table) { return table.to(at::kFloat).contiguous().expand(x.sizes()).permute(order); };
  const at::Tensor from = x.permute(order), cosines = lies(cos), sines = lies(sin);
  const at::Tensor y = empty_reused(from.sizes(), type);

  Rotary turned{precision_of(x), precision_of(y), x.size(-1), {}, {}, {}, {}, x.const_data_ptr(), cosines.const_data_ptr<float>(), sines.const_data_ptr<float>(), y.mutable_data_ptr()};
  turned.sizes.fill(1);
  for (size_t i = 0; i < outer; i++) {
    const size_t at = Rotary::most_dims - outer + i;
    const auto from_dim = static_cast<int64_t>(i);
    turned.sizes[at] = from.size(from_dim), turned.x_strides[at] = from.stride(from_dim);
    turned.cos_strides[at] = cosines.stride(from_dim), turned.sin_strides[at] = sines.stride(from_dim);
  }
  in_parallel(turned.tasks(), turned.room(), [&](kernels::Tasks &tasks, void *room) { turned.run(tasks, room); });

  std::vector<int64_t> back(order.size());
  for (size_t i = 0; i < order.size(); i++) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return y.permute(back);
}

void run_rotary(torch::jit::Stack &stack) {
  Arguments arguments(stack, 5);
  const at::Tensor x = arguments.tensor(), cos = arguments.tensor(), sin = arguments.tensor();
  const auto half = arguments.optional_integer();
  arguments.give(rotary(x, cos, sin, half, arguments.integer()));
}

}  // namespace

extern const Operator rotary_operator = {"glyxel::rotary(Tensor x, Tensor cos, Tensor sin, int? half, int dim) -> Tensor", run_rotary};

}  // namespace gx
