#include "operators.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

// (x, normalized shape, weight, bias, eps, cudnn): over the last dimension, with a constant weight and bias.
bool replaceable(Node *node) {
  if (node->kind() != c10::aten::layer_norm || node->inputs().size() != 6) return false;
  auto shape = torch::jit::toIValue(node->input(1));
  auto weight = constant_tensor(node->input(2)), bias = constant_tensor(node->input(3));
  if (!shape || !shape->isIntList() || shape->toIntVector().size() != 1 || !weight || !bias) return false;
  const int64_t n = shape->toIntVector()[0];
  const auto fits = [n](const at::Tensor &x) { return x.defined() && x.device().is_cpu() && x.dim() == 1 && x.size(0) == n; };
  return n > 0 && fits(*weight) && fits(*bias) && kernel_precision(weight->scalar_type()) && torch::jit::toIValue(node->input(4));
}

void visit(Graph &graph, torch::jit::Block *block, Weights &weights) {
  std::vector<Node *> found;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) visit(graph, inner, weights);
    if (replaceable(node)) found.push_back(node);
  }
  static const auto layer_norm = c10::Symbol::fromQualString("glyxel::layer_norm");
  for (Node *node : found) {
    torch::jit::WithInsertPoint at(node);
    const auto exact = [&](Value *value) {
      return graph.insertConstant(weights.unrounded(*constant_tensor(value)).to(at::kFloat).contiguous());
    };
    node->output()->replaceAllUsesWith(graph.insert(layer_norm, {node->input(0), exact(node->input(2)), exact(node->input(3)), node->input(4)}));
    node->destroy();
  }
}

}  // namespace

void own_layer_norm(Graph &graph, Weights &weights) { visit(graph, graph.block(), weights); }

}  // namespace gx
