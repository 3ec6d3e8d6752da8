#include "rewrites.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace gx {

namespace {

using torch::jit::Value;

struct WrittenOut {
  Value *q, *keys, *v;  // keys: (…, width, keys), as a product takes them
  double scale = 1;
  std::vector<Value *> masks;  // what is added to the scores
  std::vector<Node *> nodes;   // what it makes needless, from the last to the first
};

bool is_product(const Node *node) { return (node->kind() == c10::aten::matmul || node->kind() == c10::aten::bmm) && node->inputs().size() == 2; }

// A single number that is constant, also one that tracing made a tensor of.
std::optional<double> number(Value *value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant) return std::nullopt;
  if (constant->isDouble() || constant->isInt()) return constant->toScalar().toDouble();
  if (constant->isTensor() && constant->toTensor().defined() && constant->toTensor().dim() == 0) return constant->toTensor().item<double>();
  return std::nullopt;
}

// Goes from a value to what it was made from, as long as nothing else reads it.
class Path {
 public:
  Path(Value *value, std::vector<Node *> &nodes) : value_(value), nodes_(nodes) {}

  // What makes it, but for conversions between precisions; null where others read it, too.
  Node *node() {
    while (value_->uses().size() == 1 && value_->node()->kind() == c10::aten::to) go(0);
    return value_->uses().size() == 1 ? value_->node() : nullptr;
  }
  void go(size_t input) {
    nodes_.push_back(value_->node());
    value_ = value_->node()->input(input);
  }

 private:
  Value *value_;
  std::vector<Node *> &nodes_;
};

// Whether a value is a product's, scaled and with a few masks added or not.
bool is_of_scores(Value *value, int steps = 6) {
  const Node *node = value->node();
  if (is_product(node)) return true;
  const bool sum = node->kind() == c10::aten::add, passes = sum || node->kind() == c10::aten::mul || node->kind() == c10::aten::div || node->kind() == c10::aten::to;
  return passes && steps > 0 && (is_of_scores(node->input(0), steps - 1) || (sum && is_of_scores(node->input(1), steps - 1)));
}

std::optional<WrittenOut> written_out(Node *last) {
  if (!is_product(last)) return std::nullopt;
  WrittenOut found{};
  found.v = last->input(1), found.nodes = {last};
  Path path(last->input(0), found.nodes);
  Node *node = path.node();
  if (!node || node->kind() != c10::aten::softmax || node->inputs().size() != 3 || number(node->input(1)) != -1.) return std::nullopt;
  path.go(0);
  while ((node = path.node()) && !is_product(node)) {
    if (node->kind() == c10::aten::add && node->inputs().size() == 3 && number(node->input(2)) == 1. && found.scale == 1) {
      const size_t scores = is_of_scores(node->input(0)) ? 0 : 1;
      found.masks.push_back(node->input(1 - scores));
      path.go(scores);
    } else if (node->kind() == c10::aten::mul && number(node->input(1))) {
      found.scale *= *number(node->input(1));
      path.go(0);
    } else if (node->kind() == c10::aten::div && node->inputs().size() == 2 && number(node->input(1))) {
      found.scale /= *number(node->input(1));
      path.go(0);
    } else {
      return std::nullopt;
    }
  }
  if (!node) return std::nullopt;
  found.nodes.push_back(node);
  found.q = node->input(0), found.keys = node->input(1);
  return found;
}

void find(torch::jit::Block *block, std::vector<WrittenOut> &all) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find(inner, all);
    if (auto found = written_out(node)) all.push_back(*found);
  }
}

// Whether what was read at the first product is still the same at the last.
bool is_constant(const torch::jit::AliasDb &aliases, const WrittenOut &found) {
  const auto written = [&](Value *value) { return aliases.hasWriters(value); };
  return !written(found.q) && !written(found.keys) && std::none_of(found.masks.begin(), found.masks.end(), written);
}

}  // namespace

void written_out_attention(const std::shared_ptr<Graph> &whole) {
  std::vector<WrittenOut> all;
  find(whole->block(), all);
  if (all.empty()) return;
  const torch::jit::AliasDb aliases(whole);
  all.erase(std::remove_if(all.begin(), all.end(), [&](const WrittenOut &found) { return !is_constant(aliases, found); }), all.end());
  Graph &graph = *whole;
  static const auto attention = c10::Symbol::fromQualString("glyxel::attention");
  for (const WrittenOut &found : all) {
    torch::jit::WithInsertPoint at(found.nodes.front());
    Value *mask = nullptr;
    for (Value *of_scores : found.masks) {
      // One that is true or false is added as 1 or 0 here; the operator takes it for whether a key may be seen.
      Value *numbers = graph.insert(c10::aten::to, {of_scores, at::kFloat, false, false, torch::jit::IValue()});
      mask = mask ? graph.insert(c10::aten::add, {mask, numbers}) : numbers;
    }
    if (!mask) mask = graph.insertConstant(torch::jit::IValue());
    Value *k = graph.insert(c10::aten::transpose, {found.keys, -1, -2});
    found.nodes.front()->output()->replaceAllUsesWith(graph.insert(attention, {found.q, k, found.v, mask, found.scale}));
    for (Node *node : found.nodes) node->destroy();
  }
}

}  // namespace gx
