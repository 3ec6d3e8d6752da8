#include "constants.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <array>
#include <limits>

namespace gx {

namespace {

// x's two halves along a dimension.
struct Halves {
  Value *x;
  // Where the second begins; null: in the middle.
  Value *half;
  int64_t dim;
};

std::optional<int64_t> integer(const Value *value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isInt() ? std::optional(constant->toInt()) : std::nullopt;
}

bool is_none(const Value *value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isNone();
}

bool are_equal(const Value *a, const Value *b) { return a == b || (integer(a) && integer(a) == integer(b)); }

// (x, dim, begin, end, step)
bool is_slice(const Node *node) { return node->kind() == c10::aten::slice && node->inputs().size() == 5 && integer(node->input(4)) == 1 && integer(node->input(1)); }

std::optional<Halves> halves(const Value *lower, const Value *upper) {
  const Node *low = lower->node(), *high = upper->node();
  if (low == high && low->kind() == c10::prim::ListUnpack && low->outputs().size() == 2 && low->output(0) == lower && low->output(1) == upper) {
    const Node *chunk = low->input()->node();
    if (chunk->kind() != c10::aten::chunk || integer(chunk->input(1)) != 2 || !integer(chunk->input(2))) return std::nullopt;
    return Halves{const_cast<Value *>(chunk->input(0)), nullptr, *integer(chunk->input(2))};
  }
  if (!is_slice(low) || !is_slice(high) || low->input(0) != high->input(0) || integer(low->input(1)) != integer(high->input(1))) return std::nullopt;
  const bool begins = is_none(low->input(2)) || integer(low->input(2)) == 0;
  const bool ends = is_none(high->input(3)) || integer(high->input(3)) == std::numeric_limits<int64_t>::max();
  if (!begins || !ends || is_none(low->input(3)) || !are_equal(low->input(3), high->input(2))) return std::nullopt;
  return Halves{const_cast<Value *>(low->input(0)), const_cast<Value *>(low->input(3)), *integer(low->input(1))};
}

// (−upper, lower), side by side
std::optional<Halves> turned(const Value *value) {
  const Node *cat = value->node();
  if (cat->kind() != c10::aten::cat || integer(cat->input(1)) != -1) return std::nullopt;
  const Node *list = cat->input(0)->node();
  if (list->kind() != c10::prim::ListConstruct || list->inputs().size() != 2 || list->input(0)->node()->kind() != c10::aten::neg) return std::nullopt;
  return halves(list->input(1), list->input(0)->node()->input(0));
}

// x · cos + turned x · sin
struct Rotary {
  Halves of;
  Value *cos, *sin;
};

bool is_product(const Value *value) {
  const Node *node = value->node();
  return node->kind() == c10::aten::mul && is_tensor(node->input(0)) && is_tensor(node->input(1));
}

std::optional<Rotary> rotary(const Node *sum) {
  if (sum->kind() != c10::aten::add || sum->inputs().size() != 3 || number(sum->input(2)) != 1. || !is_product(sum->input(0)) || !is_product(sum->input(1))) return std::nullopt;
  for (size_t first : {0, 1}) {
    const Node *straight = sum->input(first)->node(), *across = sum->input(1 - first)->node();
    for (size_t i : {0, 1}) {
      const auto of = turned(across->input(i));
      if (!of) continue;
      for (size_t j : {0, 1}) {
        if (straight->input(j) == of->x) return Rotary{*of, const_cast<Value *>(straight->input(1 - j)), const_cast<Value *>(across->input(1 - i))};
      }
    }
  }
  return std::nullopt;
}

void find_sums(torch::jit::Block *block, std::vector<Node *> &sums) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_sums(inner, sums);
    if (rotary(node)) sums.push_back(node);
  }
}

}  // namespace

void own_rotary(const std::shared_ptr<Graph> &graph) {
  std::vector<Node *> sums;
  find_sums(graph->block(), sums);
  if (sums.empty()) return;
  const torch::jit::AliasDb aliases(graph);
  static const auto own = c10::Symbol::fromQualString("glyxel::rotary");
  for (Node *sum : sums) {
    const auto found = rotary(sum);
    // What is read where the sum stands is what was read before.
    const std::array<const Value *, 5> read{found->of.x, found->cos, found->sin, sum->input(0), sum->input(1)};
    if (std::any_of(read.begin(), read.end(), [&](const Value *value) { return aliases.hasWriters(value); })) continue;
    torch::jit::WithInsertPoint at(sum);
    Value *half = found->of.half ? found->of.half : graph->insertConstant(c10::IValue());
    sum->output()->replaceAllUsesWith(graph->insert(own, {found->of.x, found->cos, found->sin, half, found->of.dim}));
  }
  torch::jit::EliminateDeadCode(graph);
}

}  // namespace gx
