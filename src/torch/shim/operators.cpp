#include "operators.h"

#include "kernels/attention.h"
#include "kernels/layer_norm.h"
#include "memory.h"
#include "threads.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <cmath>
#include <mutex>
#include <vector>

namespace gx {

namespace {

using torch::jit::Stack;

std::optional<at::Tensor> optional_tensor(const c10::IValue &value) {
  if (value.isNone() || !value.toTensor().defined()) return std::nullopt;
  return value.toTensor();
}

kernels::Precision precision_of(const at::Tensor &x) {
  if (x.scalar_type() == at::kChar) return kernels::Precision::int8;
  return x.scalar_type() == at::kFloat ? kernels::Precision::f32 : kernels::Precision::bf16;
}

int64_t packed_numbers(int64_t n, int64_t k, kernels::Precision precision) {
  return kernels::packed_groups(n, k, precision) * kernels::grouped(precision);
}

at::Tensor linear(const at::Tensor &input, const at::Tensor &packed, int64_t n, const std::optional<at::Tensor> &bias,
                  const std::optional<at::Tensor> &residual, int64_t activation) {
  TORCH_CHECK(input.dim() > 0, "a linear layer got a single number");
  const at::Tensor x = input.contiguous();
  const auto precision = precision_of(packed);
  const int64_t k = x.size(-1);
  // An archive may call the operator itself.
  const bool int8 = precision == kernels::Precision::int8;
  TORCH_CHECK(n > 0 && packed.is_contiguous() && packed.device().is_cpu() && (int8 ? has_int8() : kernel_precision(packed.scalar_type()).has_value()),
              "a linear layer got a weight that is not packed for this processor");
  TORCH_CHECK(!bias || (bias->numel() == n && bias->scalar_type() == at::kFloat && bias->is_contiguous()), "a linear layer of ", n,
              " outputs got another number of biases, or not in f32");
  TORCH_CHECK(activation >= 0 && activation <= static_cast<int64_t>(kernels::Activation::quick_gelu), "a linear layer got an unknown activation");
  TORCH_CHECK(int8 ? x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16 : x.scalar_type() == packed.scalar_type(),
              "a linear layer in ", packed.scalar_type(), " got ", x.scalar_type());
  TORCH_CHECK(kernels::packable(k, precision) && packed.numel() == packed_numbers(n, k, precision), "a linear layer got rows of ", k,
              " values, which do not fit its weight");
  std::vector<int64_t> sizes(x.sizes().begin(), x.sizes().end());
  sizes.back() = n;
  at::Tensor y = empty_reused(sizes, x.scalar_type());
  const bool fused = residual && residual->sizes() == y.sizes() && residual->scalar_type() == y.scalar_type() && residual->is_contiguous();
  const kernels::Product product{precision,
                                 precision_of(x),
                                 static_cast<kernels::Activation>(activation),
                                 y.numel() / n,
                                 n,
                                 k,
                                 x.const_data_ptr(),
                                 static_cast<const int32_t *>(packed.const_data_ptr()),
                                 bias ? bias->const_data_ptr<float>() : nullptr,
                                 fused ? residual->const_data_ptr() : nullptr,
                                 y.mutable_data_ptr()};
  if (y.numel() > 0) in_parallel(product.tasks(), product.room(), [&](kernels::Tasks &tasks, void *room) { product.run(tasks, room); });
  return residual && !fused ? at::add(y, *residual) : y;
}

// The same values as the convolution: each patch is a row of (height, width, channels), as pictures lie in memory. What is left at the
// edges is not read.
at::Tensor patches(const at::Tensor &input, const at::Tensor &packed, int64_t n, const std::optional<at::Tensor> &bias, at::IntArrayRef sides) {
  TORCH_CHECK(sides.size() == 2 && sides[0] > 0 && sides[1] > 0, "patches have two sides, both above 0");
  TORCH_CHECK(input.dim() == 3 || input.dim() == 4, "a picture of ", input.dim(), " dimensions cannot be cut into patches");
  const int64_t rows = input.size(-2) / sides[0], columns = input.size(-1) / sides[1];
  TORCH_CHECK(rows > 0 && columns > 0, "a picture of ", input.size(-2), " × ", input.size(-1), " is smaller than a patch of ", sides[0], " × ", sides[1]);
  const at::Tensor x = (input.dim() == 3 ? input.unsqueeze(0) : input).narrow(2, 0, rows * sides[0]).narrow(3, 0, columns * sides[1]);
  const at::Tensor pixels = x.permute({0, 2, 3, 1}).unflatten(2, {columns, sides[1]}).unflatten(1, {rows, sides[0]});
  const at::Tensor cut = pixels.permute({0, 1, 3, 2, 4, 5}).flatten(3);
  const at::Tensor y = linear(cut, packed, n, bias, std::nullopt, static_cast<int64_t>(kernels::Activation::none)).permute({0, 3, 1, 2});
  return input.dim() == 3 ? y.squeeze(0) : y;
}

// Numbers of a token side by side, and a token's place a whole number of groups from the next one's.
at::Tensor readable(const at::Tensor &x, kernels::Precision precision) {
  const int64_t per = kernels::grouped(precision);
  const bool fits = x.stride(3) == 1 && x.stride(2) % per == 0 && x.stride(1) % per == 0 && x.stride(0) % per == 0;
  return fits ? x : x.contiguous();
}

kernels::Strides strides(const at::Tensor &x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

bool fits(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v) {
  const auto precision = kernel_precision(q.scalar_type());
  return precision && q.device().is_cpu() && q.dim() == 4 && k.dim() == 4 && v.dim() == 4 && k.scalar_type() == q.scalar_type() &&
         v.scalar_type() == q.scalar_type() && q.size(0) == k.size(0) && q.size(1) == k.size(1) && q.size(3) == k.size(3) &&
         k.sizes().slice(0, 3) == v.sizes().slice(0, 3) && q.size(3) % kernels::grouped(*precision) == 0 && k.numel() > 0 && q.numel() > 0 &&
         v.numel() > 0;
}

at::Tensor attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, std::optional<at::Tensor> mask,
                     std::optional<double> scale) {
  if (!fits(query, key, value)) return at::scaled_dot_product_attention(query, key, value, mask, 0., false, scale);
  const auto precision = precision_of(query);
  const at::Tensor q = readable(query, precision), k = readable(key, precision), v = readable(value, precision);
  const int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), keys = k.size(2);
  at::Tensor y = empty_reused({batch, queries, heads, v.size(3)}, q.scalar_type());
  kernels::Attention attention{};
  attention.precision = precision;
  attention.batch = batch, attention.heads = heads, attention.queries = queries, attention.keys = keys;
  attention.width = q.size(3), attention.value_width = v.size(3);
  attention.q = q.const_data_ptr(), attention.k = k.const_data_ptr(), attention.v = v.const_data_ptr();
  attention.q_strides = strides(q), attention.k_strides = strides(k), attention.v_strides = strides(v);
  attention.scale = static_cast<float>(scale.value_or(1. / std::sqrt(static_cast<double>(q.size(3)))));
  attention.y = y.mutable_data_ptr();
  if (mask) {
    const bool seen = mask->scalar_type() == at::kBool;
    mask = (seen ? *mask : mask->to(at::kFloat)).expand({batch, heads, queries, keys});
    attention.seen = seen ? mask->const_data_ptr<bool>() : nullptr;
    attention.bias = seen ? nullptr : mask->const_data_ptr<float>();
    attention.mask_batch = mask->stride(0), attention.mask_head = mask->stride(1);
    attention.mask_query = mask->stride(2), attention.mask_key = mask->stride(3);
  }
  in_parallel(attention.tasks(), attention.room(), [&](kernels::Tasks &tasks, void *room) { attention.run(tasks, room); });
  return y.transpose(1, 2);
}

at::Tensor layer_norm(const at::Tensor &input, int64_t n, const std::optional<at::Tensor> &weight, const std::optional<at::Tensor> &bias, double eps) {
  const auto fits = [n](const std::optional<at::Tensor> &x) {
    return !x || (x->scalar_type() == at::kFloat && x->device().is_cpu() && x->is_contiguous() && x->numel() == n);
  };
  TORCH_CHECK(fits(weight) && fits(bias) && n > 0 && input.dim() > 0 && input.size(-1) == n, "a layer norm of ", n, " values got rows of other sizes");
  if (!kernel_precision(input.scalar_type())) {
    const auto cast = [&](const std::optional<at::Tensor> &x) { return x ? std::optional<at::Tensor>(x->to(input.scalar_type())) : std::nullopt; };
    return at::layer_norm(input, {n}, cast(weight), cast(bias), eps);
  }
  const at::Tensor x = input.contiguous();
  at::Tensor y = empty_reused(x.sizes(), x.scalar_type());
  const kernels::LayerNorm norm{precision_of(x),
                                x.numel() / n,
                                n,
                                x.const_data_ptr(),
                                weight ? weight->const_data_ptr<float>() : nullptr,
                                bias ? bias->const_data_ptr<float>() : nullptr,
                                static_cast<float>(eps),
                                y.mutable_data_ptr()};
  if (x.numel() > 0) in_parallel(norm.tasks(), 0, [&](kernels::Tasks &tasks, void *) { norm.run(tasks); });
  return y;
}

void run_linear(Stack &stack) {
  const auto x = torch::jit::peek(stack, 0, 6).toTensor(), packed = torch::jit::peek(stack, 1, 6).toTensor();
  auto y = linear(x, packed, torch::jit::peek(stack, 2, 6).toInt(), optional_tensor(torch::jit::peek(stack, 3, 6)),
                  optional_tensor(torch::jit::peek(stack, 4, 6)), torch::jit::peek(stack, 5, 6).toInt());
  torch::jit::drop(stack, 6);
  stack.emplace_back(std::move(y));
}

void run_patches(Stack &stack) {
  const auto sides = torch::jit::peek(stack, 4, 5).toIntVector();
  auto y = patches(torch::jit::peek(stack, 0, 5).toTensor(), torch::jit::peek(stack, 1, 5).toTensor(), torch::jit::peek(stack, 2, 5).toInt(),
                   optional_tensor(torch::jit::peek(stack, 3, 5)), sides);
  torch::jit::drop(stack, 5);
  stack.emplace_back(std::move(y));
}

void run_attention(Stack &stack) {
  const auto &scale = torch::jit::peek(stack, 4, 5);
  auto y = attention(torch::jit::peek(stack, 0, 5).toTensor(), torch::jit::peek(stack, 1, 5).toTensor(), torch::jit::peek(stack, 2, 5).toTensor(),
                     optional_tensor(torch::jit::peek(stack, 3, 5)), scale.isNone() ? std::nullopt : std::optional<double>(scale.toDouble()));
  torch::jit::drop(stack, 5);
  stack.emplace_back(std::move(y));
}

void run_layer_norm(Stack &stack) {
  auto y = layer_norm(torch::jit::peek(stack, 0, 5).toTensor(), torch::jit::peek(stack, 1, 5).toInt(), optional_tensor(torch::jit::peek(stack, 2, 5)),
                      optional_tensor(torch::jit::peek(stack, 3, 5)), torch::jit::peek(stack, 4, 5).toDouble());
  torch::jit::drop(stack, 5);
  stack.emplace_back(std::move(y));
}

}  // namespace

void register_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    const auto add = [](const char *schema, void (*run)(Stack &)) {
      torch::jit::registerOperator(torch::jit::Operator(schema, run, c10::AliasAnalysisKind::FROM_SCHEMA));
    };
    add("glyxel::linear(Tensor x, Tensor packed, int n, Tensor? bias, Tensor? residual, int activation) -> Tensor", run_linear);
    add("glyxel::patches(Tensor x, Tensor packed, int n, Tensor? bias, int[] sides) -> Tensor", run_patches);
    add("glyxel::attention(Tensor q, Tensor k, Tensor v, Tensor? mask, float? scale) -> Tensor", run_attention);
    add("glyxel::layer_norm(Tensor x, int n, Tensor? weight, Tensor? bias, float eps) -> Tensor", run_layer_norm);
  });
}

std::optional<kernels::Precision> kernel_precision(at::ScalarType type) {
  static const bool f32 = kernels::available(kernels::Precision::f32);
  static const bool bf16 = kernels::available(kernels::Precision::bf16) && !kernels::has_tiles();
  if (type == at::kFloat && f32) return kernels::Precision::f32;
  if (type == at::kBFloat16 && bf16) return kernels::Precision::bf16;
  return std::nullopt;
}

bool has_int8() {
  static const bool has = kernels::available(kernels::Precision::int8);
  return has;
}

at::Tensor pack_linear(const at::Tensor &weight, kernels::Precision precision) {
  const at::Tensor rows = weight.contiguous();
  const int64_t n = rows.size(0), k = rows.size(1);
  const auto type = precision == kernels::Precision::int8 ? at::kChar : rows.scalar_type();
  at::Tensor packed = at::empty({packed_numbers(n, k, precision)}, rows.options().dtype(type));
  kernels::pack(rows.const_data_ptr(), n, k, precision, static_cast<int32_t *>(packed.mutable_data_ptr()));
  return packed;
}

}  // namespace gx
