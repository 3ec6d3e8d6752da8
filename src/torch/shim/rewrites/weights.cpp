#include "weights.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/ir/constants.h>

namespace gx {

Weights::Key Weights::key(const std::vector<at::Tensor> &tensors) {
  Key key;
  for (const auto &tensor : tensors) {
    key.push_back(static_cast<int64_t>(reinterpret_cast<uintptr_t>(tensor.const_data_ptr())));
    key.insert(key.end(), tensor.sizes().begin(), tensor.sizes().end());
    key.insert(key.end(), tensor.strides().begin(), tensor.strides().end());
  }
  return key;
}

at::Tensor Weights::joined(const std::vector<at::Tensor> &parts) {
  auto found = joined_.find(key(parts));
  if (found == joined_.end()) found = joined_.emplace(key(parts), std::make_pair(parts, at::cat(parts))).first;
  return found->second.second;
}

Value *Weights::packed(Graph &graph, const at::Tensor &weight, const std::function<at::Tensor()> &pack) {
  auto found = packed_.find(key({weight}));
  if (found == packed_.end()) {
    auto name = "packed_" + std::to_string(packed_.size());
    module_.register_attribute(name, c10::TensorType::get(), pack());
    found = packed_.emplace(key({weight}), std::make_pair(weight, name)).first;
  }
  return graph.insertGetAttr(graph.inputs().at(0), found->second.second)->setType(c10::TensorType::get());
}

std::optional<at::Tensor> constant_tensor(const Value *value) {
  auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor()) return std::nullopt;
  return constant->toTensor();
}

std::optional<Activation> fused_activation(const Node *node) {
  static const std::map<std::string, std::string> plain = {
      {"aten::relu", "relu"}, {"aten::tanh", "tanh"}, {"aten::sigmoid", "sigmoid"}, {"aten::silu", "swish"}};
  if (node->output()->uses().size() != 1) return std::nullopt;
  Node *user = node->output()->uses()[0].user;
  if (user->owningBlock() != node->owningBlock() || user->inputs().empty() || user->input(0) != node->output()) {
    return std::nullopt;
  }
  if (auto found = plain.find(user->kind().toQualString()); found != plain.end()) return Activation{user, found->second, ""};
  if (user->kind() == c10::aten::gelu && user->inputs().size() == 2) {
    if (auto algorithm = torch::jit::constant_as<std::string>(user->input(1))) return Activation{user, "gelu", *algorithm};
  }
  return std::nullopt;
}

}  // namespace gx
