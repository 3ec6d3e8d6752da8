// The kernels as operators that graphs may hold; libtorch's interpreter calls them without its dispatcher.
#pragma once
#include "kernels/product.h"

#include <ATen/core/Tensor.h>
#include <optional>

namespace gx {

// Makes the operators known to libtorch, once for the process:
//   glyxel::linear(Tensor x, Tensor packed, int n, Tensor? bias, Tensor? residual, int activation, int last, bool gated=False) -> Tensor
//     x in the precision of the weight; on an int8 weight in f32 or bf16; gated: the residual is a factor
//   glyxel::convolution(Tensor x, Tensor packed, int n, Tensor? bias, Tensor? residual, int activation, int last,
//                       int[] kernel, int[] stride, int[] padding, int[] dilation) -> Tensor
//     of pictures (batch, channels, height, width), or of one without a batch; the result lies in channels_last memory;
//     kernel: channels, height, width; padding: above, to the left, below, to the right
//   glyxel::depthwise(Tensor x, Tensor weight, Tensor? bias, int activation, int[] kernel, int[] stride, int[] padding, int[] dilation) -> Tensor
//     the same of each channel by itself; weight: (taps, channels) in f32
//   glyxel::attention(Tensor q, Tensor k, Tensor v, Tensor? mask, float? scale) -> Tensor
//   glyxel::attention.written_out(Tensor q, Tensor keys, Tensor v, Tensor[] masks, float?[] fills, float scale, ...) -> Tensor
//     keys: (…, width, keys), as a product takes them; each mask is added to the scores, or, where it is true, they become its fill. Its
//     attribute Subgraph has the lines that it stands for, of q, keys, v and the masks
//   glyxel::layer_norm(Tensor x, int n, Tensor? weight, Tensor? bias, float eps) -> Tensor
//     over the last n values; weight and bias in f32
//   glyxel::rms_norm(Tensor x, Tensor weight, float eps, int? type, bool open) -> Tensor
//     over the last dimension; weight in f32; type: the result's precision (none: x's), or, if that is open, what x's is promoted with
//   glyxel::rotary(Tensor x, Tensor cos, Tensor sin, int? half, int dim) -> Tensor
//     x · cos + (−upper half, lower half) · sin; half: where the upper one begins along dim, or none: in the middle
// A bias is in f32. A residual of other sizes or another precision is added, or multiplied by, as libtorch does it. What an activation is comes before the residual, `last` after it.
void register_operators();

// The set of instructions that the kernels of a precision are made of (kernels/sets.h); null if this processor has none that are worth it.
const char *kernel_set(kernels::Precision precision);

// The precision of kernels that can multiply these numbers, if this processor has some that are worth it.
std::optional<kernels::Precision> kernel_precision(at::ScalarType type);

// Whether this processor has the kernels of int8.
bool has_int8();

// A weight of (n, k) as glyxel::linear wants it; for int8 it is given in f32.
at::Tensor pack_linear(const at::Tensor &weight, kernels::Precision precision);

// A weight of (n, channels, height, width) as glyxel::convolution wants it.
at::Tensor pack_convolution(const at::Tensor &weight, kernels::Precision precision);

}  // namespace gx
