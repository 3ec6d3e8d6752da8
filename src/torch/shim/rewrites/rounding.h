// How a weight is brought to a half precision.
#pragma once
#include <ATen/core/Tensor.h>

namespace gx {

// Each value to its nearest, but in a convolution's weight, (output, input, height, width), such that sums are kept: what a
// convolution reads has a mean, so it is the sum of its errors that shows. Neighbouring pixels are nearly equal: in a kernel, what
// one value loses the next one gets. The channels that one pixel is made of are not: of those, the few values that lie nearest to
// the middle go the other way.
at::Tensor rounded(const at::Tensor &weight, at::ScalarType type);

}  // namespace gx
