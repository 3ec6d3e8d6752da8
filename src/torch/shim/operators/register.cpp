#include "arguments.h"

#include <mutex>

namespace gx {

void register_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const Operator *of : {&linear_operator, &convolution_operator, &depthwise_operator, &attention_operator, &layer_norm_operator}) {
      torch::jit::registerOperator(torch::jit::Operator(of->schema, of->run, c10::AliasAnalysisKind::FROM_SCHEMA));
    }
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

}  // namespace gx
