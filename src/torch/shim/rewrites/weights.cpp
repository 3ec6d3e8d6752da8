#include "weights.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

Weights::Key Weights::key(const std::string &what, const std::vector<at::Tensor> &tensors) {
  Key key{what, {}};
  for (const auto &tensor : tensors) {
    key.second.push_back(static_cast<int64_t>(reinterpret_cast<uintptr_t>(tensor.const_data_ptr())));
    key.second.insert(key.second.end(), tensor.sizes().begin(), tensor.sizes().end());
    key.second.insert(key.second.end(), tensor.strides().begin(), tensor.strides().end());
  }
  return key;
}

const std::vector<at::Tensor> &Weights::made(const std::string &what, const std::vector<at::Tensor> &sources,
                                             const std::function<std::vector<at::Tensor>()> &make) {
  const Key as = key(what, sources);
  auto found = made_.find(as);
  if (found == made_.end()) found = made_.emplace(as, std::make_pair(sources, make())).first;
  return found->second.second;
}

Value *Weights::packed(Graph &graph, const std::string &what, const at::Tensor &weight,
                       const std::function<at::Tensor()> &pack) {
  const Key as = key(what, {weight});
  auto found = packed_.find(as);
  if (found == packed_.end()) {
    auto name = "packed_" + std::to_string(packed_.size());
    module_.register_attribute(name, c10::TensorType::get(), pack());
    found = packed_.emplace(as, std::make_pair(weight, name)).first;
  }
  return graph.insertGetAttr(graph.inputs().at(0), found->second.second)->setType(c10::TensorType::get());
}

Value *Weights::exact(Graph &graph, const torch::jit::IValue &bias) {
  const bool defined = bias.isTensor() && bias.toTensor().defined();
  return graph.insertConstant(defined ? torch::jit::IValue(unrounded(bias.toTensor())) : bias);
}

std::optional<at::Tensor> constant_tensor(const Value *value) {
  auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor()) return std::nullopt;
  return constant->toTensor();
}

}  // namespace gx
