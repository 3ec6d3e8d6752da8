#include "constants.h"
#include "own_fusion.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace gx {

namespace {

// x / √(mean of x² + eps) · weight, over the last dimension
struct RmsNorm {
  // Reads x first, perhaps brought to another precision: x itself may be another norm's result, and be replaced.
  Node *reader;
  at::Tensor weight;
  double eps;
  // The result's precision, none: x's; or, if it is open, that which this and x's have in common.
  std::optional<at::ScalarType> type;
  bool open;
  // From the last to the first; none but the last is read by any but these.
  std::vector<Node *> lines;
};

// A weight for each value of a row.
std::optional<at::Tensor> weight_of(const Value *value) {
  const auto weight = constant_tensor(value);
  if (!weight || !weight->defined() || !weight->device().is_cpu() || weight->dim() != 1 || weight->numel() == 0 || !kernel_precision(weight->scalar_type())) return std::nullopt;
  return weight;
}

// As torch.nn.RMSNorm has it: (x, normalized shape, weight, eps)
std::optional<RmsNorm> of_one_operator(Node *node) {
  static const auto rms_norm = c10::Symbol::aten("rms_norm");
  if (node->kind() != rms_norm || node->inputs().size() != 4) return std::nullopt;
  const auto shape = torch::jit::toIValue(node->input(1));
  const auto weight = weight_of(node->input(2));
  const auto eps = number(node->input(3));
  if (!shape || !shape->isIntList() || !weight || !eps || shape->toIntVector() != std::vector<int64_t>{weight->size(0)}) return std::nullopt;
  return RmsNorm{node, *weight, *eps, std::nullopt, false, {node}};
}

Node *only_reader(const Value *value) { return value->uses().size() == 1 ? value->uses()[0].user : nullptr; }

// The other factor of a product of two tensors.
Value *other_factor(const Node *node, const Value *one) {
  if (node == nullptr || node->kind() != c10::aten::mul || node->inputs().size() != 2 || !is_tensor(node->input(0)) || !is_tensor(node->input(1))) return nullptr;
  return const_cast<Value *>(node->input(node->input(0) == one ? 1 : 0));
}

// What is squared.
Value *squared(const Node *node) {
  static const auto square = c10::Symbol::aten("square");
  const bool is_power = node->kind() == c10::aten::pow && number(node->input(1)) == 2.;
  const bool is_product = node->kind() == c10::aten::mul && node->input(0) == node->input(1);
  return is_power || is_product || node->kind() == square ? const_cast<Value *>(node->input(0)) : nullptr;
}

// (x, [-1], keep the dimension, no precision)
bool is_mean_of_rows(const Node *node) {
  if (node->kind() != c10::aten::mean || node->inputs().size() != 4) return false;
  const auto dims = torch::jit::toIValue(node->input(1)), keeps = torch::jit::toIValue(node->input(2)), type = torch::jit::toIValue(node->input(3));
  return dims && dims->isIntList() && dims->toIntVector() == std::vector<int64_t>{-1} && keeps && keeps->isBool() && keeps->toBool() && type && type->isNone();
}

// As modules write it out, around its 1 / √….
std::optional<RmsNorm> around(Node *root) {
  if (root->kind() != c10::aten::rsqrt) return std::nullopt;
  Node *sum = root->input(0)->node();
  const auto eps = sum->kind() == c10::aten::add && sum->inputs().size() == 3 && number(sum->input(2)) == 1. ? number(sum->input(1)) : std::nullopt;
  if (!eps || !is_mean_of_rows(sum->input(0)->node())) return std::nullopt;
  Node *mean = sum->input(0)->node(), *squares = mean->input(0)->node();
  Value *x = squared(squares);
  Node *scaled = only_reader(root->output());
  if (x == nullptr || other_factor(scaled, root->output()) != x) return std::nullopt;

  RmsNorm norm{squares, {}, *eps, std::nullopt, true, {scaled, root, sum, mean, squares}};
  const auto convert = [&norm](at::ScalarType type) { norm.type = type, norm.open = false; };
  if (const auto type = conversion(x->node())) convert(*type);
  Node *next = only_reader(scaled->output());
  if (next != nullptr && conversion(next) && next->input(0) == scaled->output()) {
    convert(*conversion(next));
    norm.lines.insert(norm.lines.begin(), next);
    next = only_reader(next->output());
  }
  const Value *weight = other_factor(next, norm.lines.front()->output());
  const auto constant = weight != nullptr ? weight_of(weight) : std::nullopt;
  if (!constant) return std::nullopt;
  norm.weight = *constant;
  norm.type = norm.open ? constant->scalar_type() : c10::promoteTypes(*norm.type, constant->scalar_type());
  norm.lines.insert(norm.lines.begin(), next);
  // What all its readers want of it anyway.
  if (Node *last = only_reader(next->output()); last != nullptr && conversion(last) && last->input(0) == next->output()) {
    convert(*conversion(last));
    norm.lines.insert(norm.lines.begin(), last);
  }
  return norm;
}

// All in one block, each but the last read by the next alone, and nothing written to on the way.
bool holds(const RmsNorm &norm, const torch::jit::AliasDb &aliases) {
  return std::all_of(norm.lines.begin(), norm.lines.end(), [&](const Node *line) {
    const bool is_last = line == norm.lines.front();
    return line->owningBlock() == norm.lines.front()->owningBlock() && (is_last || line->output()->uses().size() == 1) && !aliases.hasWriters(line);
  });
}

void find_norms(torch::jit::Block *block, std::vector<RmsNorm> &norms) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_norms(inner, norms);
    auto norm = of_one_operator(node);
    if (!norm) norm = around(node);
    if (norm) norms.push_back(*norm);
  }
}

}  // namespace

void own_rms_norm(const std::shared_ptr<Graph> &graph, Weights &weights) {
  std::vector<RmsNorm> norms;
  find_norms(graph->block(), norms);
  if (norms.empty()) return;
  const torch::jit::AliasDb aliases(graph);
  norms.erase(std::remove_if(norms.begin(), norms.end(), [&](const RmsNorm &norm) { return !holds(norm, aliases); }), norms.end());
  static const auto rms_norm = c10::Symbol::fromQualString("glyxel::rms_norm");
  for (const auto &norm : norms) {
    torch::jit::WithInsertPoint at(norm.lines.front());
    const auto type = norm.type ? torch::jit::IValue(static_cast<int64_t>(*norm.type)) : torch::jit::IValue();
    // The kernel computes in f32, so that what it reads need not be brought to that.
    Value *x = norm.reader->input(0);
    if (norm.type && conversion(x->node())) x = x->node()->input(0);
    Value *own = graph->insert(rms_norm, {x, own_numbers(*graph, norm.weight, weights), norm.eps, graph->insertConstant(type), norm.open});
    norm.lines.front()->output()->replaceAllUsesWith(own);
    for (Node *line : norm.lines) line->destroy();
  }
}

}  // namespace gx
