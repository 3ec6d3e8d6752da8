#include "operators/operators.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

// (q, k, v, mask, dropout, causal, scale, grouped queries), the last four as they are where nothing is trained.
bool replaceable(Node *node) {
  if (node->kind() != c10::Symbol::fromQualString("aten::scaled_dot_product_attention") || node->inputs().size() != 8) return false;
  auto dropout = torch::jit::toIValue(node->input(4)), causal = torch::jit::toIValue(node->input(5));
  auto scale = torch::jit::toIValue(node->input(6)), grouped = torch::jit::toIValue(node->input(7));
  return dropout && dropout->isDouble() && dropout->toDouble() == 0. && causal && causal->isBool() && !causal->toBool() && scale && grouped &&
         grouped->isBool() && !grouped->toBool();
}

void visit(Graph &graph, torch::jit::Block *block) {
  std::vector<Node *> found;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) visit(graph, inner);
    if (replaceable(node)) found.push_back(node);
  }
  static const auto attention = c10::Symbol::fromQualString("glyxel::attention");
  for (Node *node : found) {
    torch::jit::WithInsertPoint at(node);
    node->output()->replaceAllUsesWith(
        graph.insert(attention, {node->input(0), node->input(1), node->input(2), node->input(3), node->input(6)}));
    node->destroy();
  }
}

}  // namespace

void own_attention(Graph &graph) { visit(graph, graph.block()); }

}  // namespace gx
