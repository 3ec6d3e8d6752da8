#include "own_fusion.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

// (x, normalized shape, weight, bias, eps, cudnn)
struct Norm {
  Node *node;
  int64_t n;
  // Each constant, or none.
  torch::jit::IValue weight, bias;
};

bool fits(const torch::jit::IValue &value, int64_t n) {
  if (!value.isTensor()) return value.isNone();
  const at::Tensor &x = value.toTensor();
  return !x.defined() || (x.device().is_cpu() && x.dim() == 1 && x.size(0) == n && kernel_precision(x.scalar_type()));
}

std::optional<Norm> over_last(Node *node) {
  if (node->kind() != c10::aten::layer_norm || node->inputs().size() != 6) return std::nullopt;
  auto shape = torch::jit::toIValue(node->input(1)), weight = torch::jit::toIValue(node->input(2)), bias = torch::jit::toIValue(node->input(3));
  if (!shape || !shape->isIntList() || shape->toIntVector().size() != 1 || !weight || !bias || !torch::jit::toIValue(node->input(4))) return std::nullopt;
  const int64_t n = shape->toIntVector()[0];
  if (n < 1 || !fits(*weight, n) || !fits(*bias, n)) return std::nullopt;
  return Norm{node, n, *weight, *bias};
}

void visit(Graph &graph, torch::jit::Block *block, Weights &weights) {
  std::vector<Norm> found;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) visit(graph, inner, weights);
    if (auto norm = over_last(node)) found.push_back(*norm);
  }
  static const auto layer_norm = c10::Symbol::fromQualString("glyxel::layer_norm");
  for (const auto &[node, n, weight, bias] : found) {
    torch::jit::WithInsertPoint at(node);
    Value *own_weight = own_numbers(graph, weight, weights), *summand = own_numbers(graph, bias, weights);
    node->output()->replaceAllUsesWith(graph.insert(layer_norm, {node->input(0), n, own_weight, summand, node->input(4)}));
    node->destroy();
  }
}

}  // namespace

void own_layer_norm(Graph &graph, Weights &weights) { visit(graph, graph.block(), weights); }

}  // namespace gx
