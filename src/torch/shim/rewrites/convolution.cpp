#include "convolution.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

std::optional<std::vector<int64_t>> constant_pair(const Value *value) {
  auto constant = torch::jit::toIValue(value);
  if (!constant) return std::nullopt;
  if (constant->isInt()) return std::vector<int64_t>(2, constant->toInt());
  if (!constant->isIntList()) return std::nullopt;
  auto pair = constant->toIntVector();
  if (pair.size() == 1) pair.push_back(pair[0]);
  if (pair.size() != 2) return std::nullopt;
  return pair;
}

std::optional<Convolution> constant_convolution(Node *node) {
  const bool general = node->kind() == c10::aten::_convolution || node->kind() == c10::aten::convolution;
  if (node->kind() != c10::aten::conv2d && !general) return std::nullopt;
  if (general && torch::jit::constant_as<bool>(node->namedInput("transposed")) != false) return std::nullopt;
  auto weight = constant_tensor(node->namedInput("weight"));
  auto bias = torch::jit::toIValue(node->namedInput("bias"));
  auto padding = constant_pair(node->namedInput("padding"));
  auto stride = constant_pair(node->namedInput("stride"));
  auto dilation = constant_pair(node->namedInput("dilation"));
  auto groups = torch::jit::constant_as<int64_t>(node->namedInput("groups"));
  if (!weight || !weight->defined() || weight->dim() != 4 || weight->numel() == 0 || !bias || !padding || !stride ||
      !dilation || !groups) {
    return std::nullopt;
  }
  Convolution convolution{node, *weight, std::nullopt, *padding, *stride, *dilation, *groups};
  if (bias->isTensor() && bias->toTensor().defined()) convolution.bias = bias->toTensor();
  return convolution;
}

}  // namespace gx
