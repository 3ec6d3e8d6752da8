#include "constants.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <set>

namespace gx {

namespace {

// A tensor (0), which libtorch joins to anything: what a cache of keys and values begins with.
bool is_empty(const Value *value) {
  const auto tensor = constant_tensor(value);
  return tensor && tensor->defined() && tensor->dim() == 1 && tensor->numel() == 0 && tensor->is_floating_point();
}

// What is joined lies in the order of its dimensions, and a view may count on it.
bool is_viewed(const Value *value) {
  static const std::set<c10::Symbol> passing = {c10::aten::to, c10::aten::transpose, c10::aten::permute, c10::aten::unsqueeze, c10::aten::squeeze, c10::aten::expand, c10::aten::slice};
  static const std::set<c10::Symbol> counting = {c10::aten::view, c10::aten::as_strided, c10::Symbol::aten("view_as"), c10::Symbol::aten("stride")};
  return std::any_of(value->uses().begin(), value->uses().end(), [](const torch::jit::Use &use) {
    const auto kind = use.user->kind();
    return counting.count(kind) > 0 || (passing.count(kind) > 0 && is_viewed(use.user->output()));
  });
}

// A tensor that is joined with nothing, and the precision that the two take on together.
struct Joined {
  Value *tensor;
  at::ScalarType type;
};

std::optional<Joined> with_nothing(const Node *cat) {
  if (cat->kind() != c10::aten::cat || cat->inputs().size() != 2) return std::nullopt;
  const Node *list = cat->input(0)->node();
  if (list->kind() != c10::prim::ListConstruct || list->inputs().size() < 2 || is_viewed(cat->output())) return std::nullopt;
  Joined joined{nullptr, at::kBFloat16};
  for (const Value *part : list->inputs()) {
    if (is_empty(part)) {
      joined.type = c10::promoteTypes(joined.type, constant_tensor(part)->scalar_type());
    } else if (joined.tensor == nullptr) {
      joined.tensor = const_cast<Value *>(part);
    } else {
      return std::nullopt;
    }
  }
  return joined.tensor != nullptr ? std::optional(joined) : std::nullopt;
}

void find_joins(torch::jit::Block *block, std::vector<Node *> &joins) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_joins(inner, joins);
    if (with_nothing(node)) joins.push_back(node);
  }
}

// In the precision that it has in common with another.
Value *in_common(Graph &graph, Value *tensor, at::ScalarType type) {
  static const auto promote = c10::Symbol::aten("promote_types");
  Value *both = graph.insert(promote, {graph.insert(c10::prim::dtype, {tensor}), static_cast<int64_t>(type)});
  return graph.insert(c10::aten::to, {tensor, both, false, false});
}

}  // namespace

void remove_empty_parts(const std::shared_ptr<Graph> &graph) {
  std::vector<Node *> joins;
  find_joins(graph->block(), joins);
  if (joins.empty()) return;
  const torch::jit::AliasDb aliases(graph);
  // Once weights are cast, its precision is only what the trace was made in.
  const bool is_cast = half_precision(graph->block()).has_value();
  std::vector<Node *> needless;
  // From the last on: what one joins is then still what it was when aliases were looked for.
  for (auto at_join = joins.rbegin(); at_join != joins.rend(); at_join++) {
    Node *join = *at_join;
    const auto [tensor, type] = *with_nothing(join);
    // A copy may be written to without harm to what it was made of.
    if (aliases.hasWriters(tensor) || aliases.hasWriters(join->output())) continue;
    torch::jit::WithInsertPoint at(join);
    join->output()->replaceAllUsesWith(is_cast ? tensor : in_common(*graph, tensor, type));
    needless.push_back(join);
  }
  // Not before: what is known of aliases goes by addresses.
  for (Node *join : needless) join->destroy();
}

}  // namespace gx
