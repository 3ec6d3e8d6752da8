// Weights that were cast to a half precision, as they were before.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>

namespace gx {

// Kept of what is small or made into something else: biases, which the kernels add in f32, what batch norms are folded into
// and what becomes int8. Rounded once more, they cost a real EfficientNet-Lite0 a cosine of 0.04.
class Unrounded {
 public:
  // matrices: whether linear layers become int8, so that their weights are kept, too.
  Unrounded(bool matrices = false) : matrices_(matrices) {}

  void add(const at::Tensor &cast, const at::Tensor &exact);

  // The tensor before it was cast, or as it is.
  at::Tensor operator()(const at::Tensor &tensor) const;

 private:
  bool matrices_;
  // Both are kept, so that the addresses stay their own.
  std::map<const void *, std::pair<at::Tensor, at::Tensor>> known_;
};

}  // namespace gx
