#include "weights.h"

#include "threads.h"

#include <ATen/core/grad_mode.h>
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

Value *Weights::packed_later(Graph &graph, const std::string &what, const at::Tensor &weight, std::function<at::Tensor()> pack) {
  const size_t before = packed_.size();
  Value *value = packed(graph, what, weight, [] { return at::Tensor(); });
  if (packed_.size() > before) later_.emplace_back(packed_.at(key(what, {weight})).second, std::move(pack));
  return value;
}

void Weights::pack_all() {
  std::vector<at::Tensor> made(later_.size());
  in_parallel(static_cast<int64_t>(later_.size()), 0, [&](kernels::Tasks &tasks, void *) {
    at::NoGradGuard no_gradients;
    for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
      made[static_cast<size_t>(task)] = later_[static_cast<size_t>(task)].second();
    }
  });
  for (size_t i = 0; i < later_.size(); i++) module_.setattr(later_[i].first, made[i]);
  later_.clear();
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

std::optional<at::ScalarType> half_precision(torch::jit::Block *block) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) {
      if (auto found = half_precision(inner)) return found;
    }
    auto tensor = node->kind() == c10::prim::Constant ? constant_tensor(node->output()) : std::nullopt;
    if (tensor && (tensor->scalar_type() == at::kBFloat16 || tensor->scalar_type() == at::kHalf)) return tensor->scalar_type();
  }
  return std::nullopt;
}

}  // namespace gx
