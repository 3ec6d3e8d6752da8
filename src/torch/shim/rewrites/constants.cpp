#include "constants.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace gx {

using torch::jit::Value;

bool is_tensor(const Value *value) { return value->type()->isSubtypeOf(*c10::TensorType::get()); }

std::optional<double> number(const Value *value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant) return std::nullopt;
  if (constant->isDouble() || constant->isInt()) return constant->toScalar().toDouble();
  if (!constant->isTensor() || !constant->toTensor().defined() || constant->toTensor().dim() != 0 || constant->toTensor().is_complex()) return std::nullopt;
  return constant->toTensor().item<double>();
}

std::optional<at::ScalarType> precision_named(const Value *type) {
  const auto constant = torch::jit::toIValue(type);
  if (!constant || !constant->isInt()) return std::nullopt;
  for (auto precision : {at::kFloat, at::kBFloat16}) {
    if (constant->toInt() == static_cast<int64_t>(precision)) return precision;
  }
  return std::nullopt;
}

std::optional<at::ScalarType> conversion(const torch::jit::Node *node) {
  const auto *schema = node->kind() == c10::aten::to ? node->maybeSchema() : nullptr;
  const auto type = schema ? schema->argumentIndexWithName("dtype") : std::nullopt;
  const auto is_known = [](const Value *input) { return torch::jit::toIValue(input).has_value(); };
  if (!type || !std::all_of(node->inputs().begin() + 1, node->inputs().end(), is_known)) return std::nullopt;
  return precision_named(node->input(static_cast<size_t>(*type)));
}

}  // namespace gx
