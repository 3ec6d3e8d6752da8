#include "constants.h"
#include "rewrites.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

namespace gx {

namespace {

using Number = std::optional<double>;

// Further than any activation reaches back, in steps and in values.
constexpr int deepest = 12;
constexpr size_t most_behind = 32;

double clamped(double x, double least, double most) { return std::min(std::max(x, least), most); }

// What a node makes of its numbers; none if it is not known here.
Number result(const Node *node, const std::vector<double> &of) {
  using torch::jit::Symbol;
  struct Operator {
    size_t numbers;
    double (*apply)(const double *);
  };
  static const std::map<Symbol, Operator> table = {
      {c10::aten::mul, {2, [](const double *x) { return x[0] * x[1]; }}},
      {c10::aten::div, {2, [](const double *x) { return x[0] / x[1]; }}},
      {c10::aten::pow, {2, [](const double *x) { return std::pow(x[0], x[1]); }}},
      // The third scales the second.
      {c10::aten::add, {3, [](const double *x) { return x[0] + x[2] * x[1]; }}},
      {c10::aten::sub, {3, [](const double *x) { return x[0] - x[2] * x[1]; }}},
      {c10::aten::neg, {1, [](const double *x) { return -x[0]; }}},
      {Symbol::aten("square"), {1, [](const double *x) { return x[0] * x[0]; }}},
      {c10::aten::tanh, {1, [](const double *x) { return std::tanh(x[0]); }}},
      {c10::aten::erf, {1, [](const double *x) { return std::erf(x[0]); }}},
      {c10::aten::sigmoid, {1, [](const double *x) { return 1 / (1 + std::exp(-x[0])); }}},
      {c10::aten::relu6, {1, [](const double *x) { return clamped(x[0], 0, 6); }}},
      {c10::aten::hardtanh, {3, [](const double *x) { return clamped(x[0], x[1], x[2]); }}},
      {c10::aten::clamp, {3, [](const double *x) { return clamped(x[0], x[1], x[2]); }}},
  };
  const auto found = table.find(node->kind());
  if (found == table.end() || found->second.numbers != of.size()) return std::nullopt;
  return found->second.apply(of.data());
}

// What values are where one of them, x, is a number.
class Evaluation {
 public:
  Evaluation(const Value *x, double at) : known_{{x, at}} {}

  // None if it hangs on anything but x and constants, or comes about in a way that is not known here.
  Number operator()(const Value *value, int depth = 0) {
    const auto found = known_.find(value);
    if (found != known_.end()) return found->second;
    return known_[value] = find(value, depth);
  }

 private:
  Number find(const Value *value, int depth) {
    if (const auto constant = number(value)) return constant;
    std::vector<double> of;
    for (const Value *input : value->node()->inputs()) {
      const Number one = depth < deepest ? (*this)(input, depth + 1) : std::nullopt;
      if (!one) return std::nullopt;
      of.push_back(*one);
    }
    return result(value->node(), of);
  }

  std::map<const Value *, Number> known_;
};

struct Known {
  c10::Symbol op;
  // Gelu's choice, or null.
  const char *approximate;
  double (*of)(double x);
};

const std::vector<Known> &activations() {
  static const std::vector<Known> all = {
      {c10::aten::gelu, "none", [](double x) { return x / 2 * std::erfc(-x / std::sqrt(2.)); }},
      {c10::aten::gelu, "tanh", [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {c10::aten::silu, nullptr, [](double x) { return x / (1 + std::exp(-x)); }},
      {c10::aten::hardswish, nullptr, [](double x) { return x * clamped(x + 3, 0, 6) / 6; }},
      {c10::aten::hardsigmoid, nullptr, [](double x) { return clamped(x + 3, 0, 6) / 6; }},
  };
  return all;
}

// Where functions are compared: densely where activations bend, and far away.
const std::vector<double> &points() {
  static const std::vector<double> all = [] {
    std::vector<double> points{-1e6, -1e3, -100, -30, 30, 100, 1e3, 1e6};
    for (double at = -10; at <= 10; at += 0.3125) points.push_back(at);
    return points;
  }();
  return all;
}

// Whether a value is what an activation gives for x. Its constants may have been written down in f32.
bool is(const Known &activation, const Value *value, const Value *x) {
  return std::all_of(points().begin(), points().end(), [&](double at) {
    const Number got = Evaluation(x, at)(value);
    const double expected = activation.of(at);
    return got && std::fabs(*got - expected) <= 1e-6 * (1 + std::fabs(expected));
  });
}

// The values that one may be a function of, the nearest first.
std::vector<Value *> behind(Value *last) {
  std::vector<Value *> found{last};
  std::set<Value *> known{last};
  for (size_t i = 0; i < found.size() && found.size() < most_behind; i++) {
    Node *node = found[i]->node();
    // Only where an operator is known is there anything behind.
    if (!result(node, std::vector<double>(node->inputs().size(), 1.))) continue;
    for (Value *input : node->inputs()) {
      if (is_tensor(input) && !number(input) && known.insert(input).second) found.push_back(input);
    }
  }
  return found;
}

// Whether nothing is written to from x to a value.
bool is_untouched(const torch::jit::AliasDb &aliases, const Value *value, const Value *x) {
  if (aliases.hasWriters(value)) return false;
  const auto inputs = value->node()->inputs();
  return value == x || number(value) || std::all_of(inputs.begin(), inputs.end(), [&](const Value *input) { return is_untouched(aliases, input, x); });
}

struct Found {
  const Known *activation;
  Value *x;
};

std::optional<Found> find(Value *last) {
  for (Value *x : behind(last)) {
    if (x == last || !Evaluation(x, 1)(last)) continue;
    for (const auto &activation : activations()) {
      if (is(activation, last, x)) return Found{&activation, x};
    }
  }
  return std::nullopt;
}

void find_last(torch::jit::Block *block, std::vector<Node *> &nodes) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_last(inner, nodes);
    if (node->kind() == c10::aten::mul || node->kind() == c10::aten::div) nodes.push_back(node);
  }
}

}  // namespace

void written_out_activation(const std::shared_ptr<Graph> &graph) {
  std::vector<Node *> candidates;
  find_last(graph->block(), candidates);
  std::unique_ptr<const torch::jit::AliasDb> aliases;
  // From the end, so that the larger one of two is found, which the other is a part of.
  std::for_each(candidates.rbegin(), candidates.rend(), [&](Node *last) {
    const auto found = last->output()->uses().empty() ? std::nullopt : find(last->output());
    if (!found) return;
    if (!aliases) aliases = std::make_unique<const torch::jit::AliasDb>(graph);
    if (!is_untouched(*aliases, last->output(), found->x)) return;
    torch::jit::WithInsertPoint at(last);
    std::vector<torch::jit::NamedValue> named;
    if (found->activation->approximate != nullptr) named.emplace_back("approximate", found->activation->approximate);
    last->output()->replaceAllUsesWith(graph->insert(found->activation->op, {found->x}, named));
  });
  if (aliases) torch::jit::EliminateDeadCode(graph);
}

}  // namespace gx
