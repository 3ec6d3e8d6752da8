#include "unrounded.h"

namespace gx {

void Unrounded::add(const at::Tensor &cast, const at::Tensor &exact) {
  const bool narrowed = exact.scalar_type() == at::kFloat && cast.scalar_type() != at::kFloat;
  const bool bias = cast.dim() == 1, convolution = cast.dim() == 4, matrix = cast.dim() == 2 && matrices_;
  if (narrowed && cast.numel() > 0 && (bias || convolution || matrix)) {
    known_.insert_or_assign(cast.const_data_ptr(), std::make_pair(cast, exact));
  }
}

at::Tensor Unrounded::operator()(const at::Tensor &tensor) const {
  auto found = known_.find(tensor.const_data_ptr());
  if (found == known_.end()) return tensor;
  const auto &[cast, exact] = found->second;
  return tensor.sizes() == cast.sizes() && tensor.strides() == cast.strides() ? exact : tensor;
}

}  // namespace gx
