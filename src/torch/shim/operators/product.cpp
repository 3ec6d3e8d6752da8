// What linear layers and convolutions have in common.
#include "arguments.h"
#include "kernels/packing.h"
#include "memory.h"
#include "padding.h"
#include "threads.h"

#include <ATen/Functions.h>

#include <utility>

namespace gx {

namespace {

using kernels::Activation;
using kernels::Precision;

int64_t packed_numbers(int64_t n, int64_t k, Precision precision) {
  return kernels::packed_groups(n, k, precision) * kernels::grouped(precision);
}

// As the kernels do it.
at::Tensor activated(const at::Tensor &x, Activation activation) {
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return at::relu(x);
    case Activation::gelu: return at::gelu(x);
    case Activation::gelu_tanh: return at::gelu(x, "tanh");
    case Activation::tanh: return at::tanh(x);
    case Activation::sigmoid: return at::sigmoid(x);
    case Activation::silu: return at::silu(x);
    case Activation::quick_gelu: return at::mul(x, at::sigmoid(at::mul(x, at::Scalar(1.702))));
    case Activation::relu6: return at::clamp(x, 0, 6);
    case Activation::hardsigmoid: return at::hardsigmoid(x);
    case Activation::hardswish: return at::hardswish(x);
  }
  return x;
}

}  // namespace

ProductCall::ProductCall(at::Tensor x, at::Tensor packed, int64_t n, int64_t k, Arguments &arguments)
    : x(std::move(x)), packed(std::move(packed)), n(n), k(k), bias(arguments.optional_tensor()), residual(arguments.optional_tensor()),
      activation(arguments.activation()), last(arguments.activation()) {}

Optional ProductCall::take_other_residual(at::IntArrayRef sizes) {
  if (residual && residual->sizes() == sizes && residual->scalar_type() == x.scalar_type() && residual->device() == x.device()) return std::nullopt;
  return std::exchange(residual, std::nullopt);
}

at::Tensor with_residual(const at::Tensor &y, const Optional &residual, Activation last, bool gated) {
  if (!residual) return y;
  return activated(gated ? at::mul(y, *residual) : at::add(y, *residual), last);
}

at::Tensor product(const ProductCall &call, at::IntArrayRef sizes) {
  const at::Tensor &x = call.x, &packed = call.packed;
  const int64_t n = call.n;
  const auto precision = precision_of(packed);
  const bool int8 = precision == Precision::int8;
  TORCH_CHECK(are_here({x, packed, call.residual}), "a layer got numbers that are not in this machine's memory");
  TORCH_CHECK(packed.is_contiguous() && (int8 ? has_int8() : kernel_precision(packed.scalar_type()).has_value()),
              "a layer got a weight that is not packed for this processor");
  TORCH_CHECK(are_floats(call.bias, n), "a layer of ", n,
              " outputs got another number of biases, or not in f32");
  TORCH_CHECK(int8 ? x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16 : x.scalar_type() == packed.scalar_type(), "a layer in ",
              packed.scalar_type(), " got ", x.scalar_type());
  TORCH_CHECK(call.k > 0 && kernels::packable(call.k, precision) && packed.numel() == packed_numbers(n, call.k, precision), "a layer got rows of ", call.k,
              " values, which do not fit its weight");
  at::Tensor y = empty_reused(sizes, x.scalar_type());
  const Padding *const padding = call.window ? nullptr : padding_of(sizes);
  if (padding) padding->clear(y);
  const int64_t m = padding ? static_cast<int64_t>(padding->places().size()) : y.numel() / n;
  kernels::Product product{precision, precision_of(x), m, n, call.k, x.const_data_ptr(), static_cast<const int32_t *>(packed.const_data_ptr()), y.mutable_data_ptr()};
  product.bias = call.bias ? call.bias->const_data_ptr<float>() : nullptr;
  product.residual = call.residual ? call.residual->const_data_ptr() : nullptr;
  product.activation = call.activation, product.last = call.last, product.gated = call.gated;
  product.window = call.window;
  product.which = padding ? padding->places().data() : nullptr;
  if (y.numel() > 0) in_parallel(product.tasks(), product.room(), [&](kernels::Tasks &tasks, void *room) { product.run(tasks, room); });
  return y;
}

at::Tensor pack_linear(const at::Tensor &weight, Precision precision) {
  const at::Tensor rows = weight.contiguous();
  const int64_t n = rows.size(0), k = rows.size(1);
  const auto type = precision == Precision::int8 ? at::kChar : rows.scalar_type();
  at::Tensor packed = at::empty({packed_numbers(n, k, precision)}, rows.options().dtype(type));
  kernels::pack(rows.const_data_ptr(), n, k, precision, static_cast<int32_t *>(packed.mutable_data_ptr()));
  return packed;
}

}  // namespace gx
