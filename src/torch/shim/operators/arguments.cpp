#include "arguments.h"

#include <algorithm>

namespace gx {

kernels::Precision precision_of(const at::Tensor &x) {
  if (x.scalar_type() == at::kChar) return kernels::Precision::int8;
  return x.scalar_type() == at::kFloat ? kernels::Precision::f32 : kernels::Precision::bf16;
}

bool are_here(std::initializer_list<Optional> tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const Optional &x) { return !x || (x->device().is_cpu() && x->layout() == at::kStrided); });
}

bool are_floats(const Optional &numbers, int64_t n) {
  return !numbers || (are_here({numbers}) && numbers->numel() == n && numbers->scalar_type() == at::kFloat && numbers->is_contiguous());
}

Optional Arguments::optional_tensor() {
  const auto &value = next();
  if (value.isNone() || !value.toTensor().defined()) return std::nullopt;
  return value.toTensor();
}

std::optional<int64_t> Arguments::optional_integer() {
  const auto &value = next();
  return value.isNone() ? std::nullopt : std::optional<int64_t>(value.toInt());
}

std::optional<double> Arguments::optional_number() {
  const auto &value = next();
  return value.isNone() ? std::nullopt : std::optional<double>(value.toDouble());
}

std::vector<std::optional<double>> Arguments::optional_numbers() {
  std::vector<std::optional<double>> numbers;
  for (const auto &value : next().toListRef()) numbers.push_back(value.isNone() ? std::nullopt : std::optional<double>(value.toDouble()));
  return numbers;
}

// An archive may call an operator itself.
kernels::Activation Arguments::activation() {
  const int64_t number = integer();
  TORCH_CHECK(number >= 0 && number <= static_cast<int64_t>(kernels::Activation::hardswish), "an operator of glyxel got an unknown activation");
  return static_cast<kernels::Activation>(number);
}

std::optional<at::ScalarType> Arguments::optional_type() {
  const auto number = optional_integer();
  if (!number) return std::nullopt;
  const auto type = static_cast<at::ScalarType>(*number);
  TORCH_CHECK(*number >= 0 && *number < static_cast<int64_t>(at::ScalarType::NumOptions) && at::isFloatingType(type), "an operator of glyxel got an unknown precision");
  return type;
}

void Arguments::give(at::Tensor result) {
  torch::jit::drop(stack_, count_);
  stack_.emplace_back(std::move(result));
}

}  // namespace gx
