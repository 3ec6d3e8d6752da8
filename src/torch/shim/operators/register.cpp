#include "arguments.h"
#include "kernels/sets.h"

#include <mutex>

namespace gx {

void register_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const Operator *of : {&linear_operator, &convolution_operator, &depthwise_operator, &attention_operator, &layer_norm_operator, &rms_norm_operator, &rotary_operator}) {
      torch::jit::registerOperator(torch::jit::Operator(of->schema, of->run, c10::AliasAnalysisKind::FROM_SCHEMA));
    }
    const OperatorOfLines &of = written_out_attention_operator;
    torch::jit::registerOperator(torch::jit::Operator(of.schema, of.make, c10::AliasAnalysisKind::FROM_SCHEMA));
  });
}

const char *kernel_set(kernels::Precision precision) {
  static const bool tiles = kernels::has_tiles();
  const kernels::Set *set = precision == kernels::Precision::bf16 && tiles ? nullptr : kernels::chosen();
  return set == nullptr ? nullptr : set->name;
}

std::optional<kernels::Precision> kernel_precision(at::ScalarType type) {
  using kernels::Precision;
  if (type == at::kFloat && kernel_set(Precision::f32)) return Precision::f32;
  if (type == at::kBFloat16 && kernel_set(Precision::bf16)) return Precision::bf16;
  return std::nullopt;
}

bool has_int8() { return kernel_set(kernels::Precision::int8) != nullptr; }

}  // namespace gx
