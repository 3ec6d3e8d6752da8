#include "activation.h"
#include "rewrites.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <map>
#include <set>

namespace gx {

namespace {

// One product of three times the width runs nearer to the machine's speed than three: query, key and value of attention.
struct Mergeable {
  Node *node;
  at::Tensor weight;
  std::optional<at::Tensor> bias;
};

// Of other sizes, not of another type.
bool is_view(const torch::jit::Use &use) { return use.user->kind() == c10::aten::view && use.user->input(1)->type()->isSubtypeOf(*c10::ListType::ofInts()); }

// Whether who reads a value takes it as it lies, wherever that is: it gives the same for a slice of a wider product.
bool lies_as_it_may(const Value *value) {
  static const std::set<c10::Symbol> passing = {c10::aten::transpose, c10::aten::permute, c10::aten::to, c10::prim::ListConstruct};
  static const std::set<c10::Symbol> reading = {c10::aten::matmul, c10::aten::bmm, c10::Symbol::aten("scaled_dot_product_attention"), c10::aten::mul, c10::aten::div, c10::aten::add,
                                                c10::aten::contiguous, c10::aten::cat, c10::aten::size};
  return std::all_of(value->uses().begin(), value->uses().end(), [](const torch::jit::Use &use) {
    const Node *reader = use.user;
    return reading.count(reader->kind()) > 0 || (passing.count(reader->kind()) > 0 && lies_as_it_may(reader->output()));
  });
}

// Whether a view splits a value into heads, which are turned and then read.
bool is_turned(const Value *view) {
  const auto turns = [](const torch::jit::Use &use) {
    const auto kind = use.user->kind();
    return (kind == c10::aten::transpose || kind == c10::aten::permute) && lies_as_it_may(use.user->output());
  };
  return std::all_of(view->uses().begin(), view->uses().end(), turns);
}

std::optional<Mergeable> mergeable(Node *node) {
  auto weight = constant_tensor(node->input(1));
  auto bias = torch::jit::toIValue(node->input(2));
  if (!weight || weight->dim() != 2 || !bias || !(bias->isNone() || bias->isTensor())) return std::nullopt;
  // An activation behind it is worth more when fused into its own product.
  if (fused_activation(node).node != node) return std::nullopt;
  for (const auto &use : node->output()->uses()) {
    if (use.user->kind() == c10::aten::view && !(is_view(use) && is_turned(use.user->output()))) return std::nullopt;
  }
  if (bias->isNone()) return Mergeable{node, *weight, std::nullopt};
  return Mergeable{node, *weight, bias->toTensor()};
}

at::Tensor joined(Weights &weights, const std::vector<at::Tensor> &parts) {
  return weights.made("joined", parts, [&] {
    const at::Tensor joined = at::cat(parts);
    std::vector<at::Tensor> exact;
    for (const auto &part : parts) exact.push_back(weights.unrounded(part));
    weights.unrounded.add(joined, at::cat(exact));
    return std::vector<at::Tensor>{joined};
  })[0];
}

bool alike(const Mergeable &a, const Mergeable &b) {
  return a.weight.size(1) == b.weight.size(1) && a.weight.scalar_type() == b.weight.scalar_type() &&
         a.bias.has_value() == b.bias.has_value();
}

// Views become what copies where a slice cannot be viewed so.
void reshape_instead(Graph &graph, const Value *value) {
  const auto uses = value->uses();
  for (const auto &use : uses) {
    if (!is_view(use)) continue;
    torch::jit::WithInsertPoint at(use.user);
    use.user->output()->replaceAllUsesWith(graph.insert(c10::aten::reshape, {use.user->input(0), use.user->input(1)}));
    use.user->destroy();
  }
}

void merge(Graph &graph, Weights &weights, const std::vector<Mergeable> &group) {
  std::vector<at::Tensor> parts, biases;
  for (const auto &member : group) {
    parts.push_back(member.weight);
    if (member.bias) biases.push_back(*member.bias);
  }
  torch::jit::WithInsertPoint at(group.front().node);
  Value *bias = biases.empty() ? graph.insertConstant(c10::IValue()) : graph.insertConstant(joined(weights, biases));
  Value *weight = graph.insertConstant(joined(weights, parts));
  Value *all = graph.insert(c10::aten::linear, {group.front().node->input(0), weight, bias});
  int64_t begin = 0;
  for (const auto &member : group) {
    const int64_t end = begin + member.weight.size(0);
    reshape_instead(graph, member.node->output());
    member.node->output()->replaceAllUsesWith(graph.insert(c10::aten::slice, {all, -1, begin, end, 1}));
    begin = end;
  }
  for (const auto &member : group) member.node->destroy();
}

void find_groups(torch::jit::Block *block, const torch::jit::AliasDb &aliases, std::vector<std::vector<Mergeable>> &found) {
  // By the value they read, in the order in which they stand.
  std::map<size_t, std::vector<Mergeable>> groups;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_groups(inner, aliases, found);
    if (node->kind() != c10::aten::linear) continue;
    auto candidate = mergeable(node);
    // All but the first move up: not past a write to what they read, nor if their results are written to.
    if (!candidate || aliases.hasWriters(node->input(0)) || aliases.hasWriters(node->output())) continue;
    auto &group = groups[node->input(0)->unique()];
    if (group.empty() || alike(group.front(), *candidate)) group.push_back(*candidate);
  }
  for (const auto &[input, group] : groups) {
    if (group.size() > 1) found.push_back(group);
  }
}

}  // namespace

void merge_linears(const std::shared_ptr<Graph> &graph, Weights &weights) {
  std::vector<std::vector<Mergeable>> groups;
  find_groups(graph->block(), torch::jit::AliasDb(graph), groups);
  for (const auto &group : groups) merge(*graph, weights, group);
}

}  // namespace gx
