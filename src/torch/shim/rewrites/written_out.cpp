#include "written_out.h"

#include "constants.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>

namespace gx {

namespace {

// So low that nothing is left of the score that it is added to.
constexpr double low = -1e30;

// (x, dim, dtype)
bool is_softmax_over_keys(const Node *node) {
  if (node->kind() != c10::aten::softmax || node->inputs().size() != 3 || number(node->input(1)) != -1.) return false;
  const auto type = torch::jit::toIValue(node->input(2));
  return type && (type->isNone() || precision_named(node->input(2)));
}

// What a node does to scores among its inputs.
struct Step {
  size_t scores;
  double factor = 1;
  Value *mask = nullptr;
  std::optional<double> fill = std::nullopt;
};

std::vector<Step> steps(Node *node) {
  const auto inputs = node->inputs();
  if (conversion(node)) return {{0}};
  if (inputs.size() == 2 && (node->kind() == c10::aten::mul || node->kind() == c10::aten::div)) {
    for (size_t scores : {0, 1}) {
      const auto factor = number(inputs[1 - scores]);
      if (!factor) continue;
      if (node->kind() == c10::aten::mul) return {{scores, *factor}};
      if (scores == 0) return {{scores, 1 / *factor}};
    }
  }
  // A number that is added is no mask, though it may stand where masks do.
  if (inputs.size() == 3 && node->kind() == c10::aten::add && is_tensor(inputs[0]) && is_tensor(inputs[1]) && number(inputs[2]) == 1.) {
    return {{0, 1, inputs[1]}, {1, 1, inputs[0]}};
  }
  if (inputs.size() == 3 && node->kind() == c10::aten::masked_fill) {
    const auto fill = number(inputs[2]);
    if (fill && *fill <= low) return {{0, 1, inputs[1], fill}};
  }
  return {};
}

// The product that scores come from, and what was done to them, if nobody else reads them on their way.
std::optional<WrittenOut> scores(Value *value) {
  Node *node = value->node();
  if (value->uses().size() != 1) return std::nullopt;
  if (is_product(node)) {
    WrittenOut found;
    found.q = node->input(0), found.keys = node->input(1), found.lines = {node};
    return found;
  }
  for (const Step &step : steps(node)) {
    auto found = scores(node->input(step.scores));
    // A scale that comes later is one of the masks, too.
    if (!found || (step.factor != 1 && !found->masks.empty())) continue;
    found->scale *= step.factor;
    if (step.mask) found->masks.push_back(step.mask), found->fills.push_back(step.fill);
    found->lines.push_back(node);
    return found;
  }
  return std::nullopt;
}

// From a softmax, perhaps brought to another precision.
std::optional<WrittenOut> probabilities(Value *value) {
  Node *node = value->node();
  if (value->uses().size() != 1 || !(conversion(node) || is_softmax_over_keys(node))) return std::nullopt;
  auto found = conversion(node) ? probabilities(node->input(0)) : scores(node->input(0));
  if (found) found->lines.push_back(node);
  return found;
}

}  // namespace

bool is_product(const Node *node) { return (node->kind() == c10::aten::matmul || node->kind() == c10::aten::bmm) && node->inputs().size() == 2; }

std::optional<WrittenOut> written_out(Node *last) {
  if (!is_product(last)) return std::nullopt;
  auto found = probabilities(last->input(0));
  if (!found || !std::isfinite(found->scale)) return std::nullopt;
  found->v = last->input(1);
  found->lines.push_back(last);
  const auto beside = [last](const Node *node) { return node->owningBlock() == last->owningBlock(); };
  return std::all_of(found->lines.begin(), found->lines.end(), beside) ? found : std::nullopt;
}

}  // namespace gx
