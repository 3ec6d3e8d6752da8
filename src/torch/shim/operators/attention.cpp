// Attention on our own kernel, and on libtorch's where ours is not made for it.
#include "attention.h"
#include "kernels/attention.h"
#include "memory.h"
#include "padding.h"
#include "threads.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>

#include <cmath>

namespace gx {

namespace {

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

// q, k and v: (batch, heads, tokens, width). y: (batch, queries, heads, width), contiguous.
void attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, Optional mask, const Softmax &softmax, const at::Tensor &y) {
  const auto precision = precision_of(query);
  const at::Tensor q = readable(query, precision), k = readable(key, precision), v = readable(value, precision);
  const int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), keys = k.size(2);
  kernels::Attention attention{};
  attention.precision = precision;
  attention.batch = batch, attention.heads = heads, attention.queries = queries, attention.keys = keys;
  attention.width = q.size(3), attention.value_width = v.size(3);
  attention.q = q.const_data_ptr(), attention.k = k.const_data_ptr(), attention.v = v.const_data_ptr();
  attention.q_strides = strides(q), attention.k_strides = strides(k), attention.v_strides = strides(v);
  attention.scale = static_cast<float>(softmax.scale.value_or(1. / std::sqrt(static_cast<double>(q.size(3)))));
  attention.unseeing = softmax.unseeing;
  attention.y = y.mutable_data_ptr();
  const Padding *const padding = queries == keys ? padding_of(y.flatten(2).sizes()) : nullptr;
  if (padding) padding->clear(y.flatten(2)), attention.lengths = padding->lengths().data();
  if (mask) {
    const bool seen = mask->scalar_type() == at::kBool;
    mask = (seen ? *mask : mask->to(at::kFloat)).expand({batch, heads, queries, keys});
    attention.seen = seen ? mask->const_data_ptr<bool>() : nullptr;
    attention.bias = seen ? nullptr : mask->const_data_ptr<float>();
    attention.mask_batch = mask->stride(0), attention.mask_head = mask->stride(1);
    attention.mask_query = mask->stride(2), attention.mask_key = mask->stride(3);
  }
  in_parallel(attention.tasks(), attention.room(), [&](kernels::Tasks &tasks, void *room) { attention.run(tasks, room); });
}

Optional of_picture(const Optional &mask, int64_t i) {
  if (!mask || mask->dim() < 5) return mask;
  return mask->select(0, mask->size(0) == 1 ? 0 : i);
}

// Of each picture, where heads attend in windows: (pictures, windows, heads, tokens, width).
at::Tensor attention_in_windows(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Optional &mask, const Softmax &softmax) {
  const at::Tensor y = empty_reused({q.size(0), q.size(1), q.size(3), q.size(2), v.size(4)}, q.scalar_type());
  for (int64_t i = 0; i < q.size(0); i++) {
    attend(q[i], k[i], v[i], of_picture(mask, i), softmax, y[i]);
  }
  return y.transpose(2, 3);
}

// Whether a mask is for these scores, and makes no more of them.
bool masks(const Optional &mask, const at::Tensor &q, const at::Tensor &k) {
  if (!mask) return true;
  at::DimVector scores(q.sizes());
  scores.back() = k.size(-2);
  return !mask->is_complex() && at::is_expandable_to(mask->sizes(), scores);
}

}  // namespace

Optional own_kernels_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Optional &mask, const Softmax &softmax) {
  if (!are_here({q, k, v, mask}) || q.dim() < 3 || q.dim() != k.dim() || q.dim() != v.dim() || !masks(mask, q, k)) return std::nullopt;
  // Heads that a graph has laid into the batch.
  if (q.dim() == 3 && fits(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1))) {
    Optional of_heads = mask;
    if (mask && mask->dim() == 3) of_heads = mask->unsqueeze(1);
    return own_kernels_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), of_heads, softmax)->squeeze(1);
  }
  const bool windows = q.dim() == 5 && q.size(0) > 0 && q.size(0) == k.size(0) && q.size(0) == v.size(0);
  if (windows && fits(q[0], k[0], v[0])) return attention_in_windows(q, k, v, mask, softmax);
  if (!fits(q, k, v)) return std::nullopt;
  const at::Tensor y = empty_reused({q.size(0), q.size(2), q.size(1), v.size(3)}, q.scalar_type());
  attend(q, k, v, mask, softmax, y);
  return y.transpose(1, 2);
}

namespace {

void run_attention(torch::jit::Stack &stack) {
  Arguments arguments(stack, 5);
  const at::Tensor q = arguments.tensor(), k = arguments.tensor(), v = arguments.tensor();
  const Optional mask = arguments.optional_tensor();
  const auto scale = arguments.optional_number();
  const Optional y = own_kernels_attention(q, k, v, mask, {scale});
  arguments.give(y ? *y : at::scaled_dot_product_attention(q, k, v, mask, 0., false, scale));
}

}  // namespace

extern const Operator attention_operator = {"glyxel::attention(Tensor q, Tensor k, Tensor v, Tensor? mask, float? scale) -> Tensor", run_attention};

}  // namespace gx
