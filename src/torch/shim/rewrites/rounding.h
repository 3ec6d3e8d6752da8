// How a weight is brought to a half precision.
#pragma once
#include <ATen/core/Tensor.h>

namespace gx {

// Each value to its nearest; but in a convolution's kernel, (output, input, height, width), what one value loses the next one
// gets, so that the kernel keeps its sum: neighbouring pixels are nearly equal, so it is the sum of its errors that shows.
at::Tensor rounded(const at::Tensor &weight, at::ScalarType type);

}  // namespace gx
