#include "activation.h"
#include "rewrites.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

at::Tensor reorder(const at::Tensor &weight) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                             .typed<at::Tensor(const at::Tensor &, std::optional<int64_t>)>();
  return op.call(weight.contiguous(), std::nullopt);
}

bool packable(const at::Tensor &weight) {
  return weight.defined() && weight.device().is_cpu() && weight.layout() == at::kStrided && weight.dim() == 2 &&
         weight.numel() > 0 && (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
}

void visit(Graph &graph, torch::jit::Block *block, Weights &weights) {
  std::vector<Node *> linears;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) visit(graph, inner, weights);
    if (node->kind() == c10::aten::linear) linears.push_back(node);
  }
  for (Node *node : linears) {
    auto weight = constant_tensor(node->input(1));
    auto bias = torch::jit::toIValue(node->input(2));
    if (!weight || !packable(*weight) || !bias) continue;
    const Activation activation = fused_activation(node);
    torch::jit::WithInsertPoint at(node);
    Value *packed = weights.packed(graph, "linear", *weight, [&] { return reorder(*weight); });
    Value *scalars = graph.insertConstant(activation.scalars);
    Value *out = graph.insert(c10::Symbol::fromQualString("mkldnn::_linear_pointwise"),
                              {node->input(0), packed, weights.exact(graph, *bias), activation.name, scalars, activation.algorithm});
    activation.node->output()->replaceAllUsesWith(out);
    if (activation.node != node) activation.node->destroy();
    node->destroy();
  }
}

}  // namespace

void prepack_linear(Graph &graph, Weights &weights) { visit(graph, graph.block(), weights); }

}  // namespace gx
