#include "activation.h"

#include "constants.h"

#include <torch/csrc/jit/ir/constants.h>

#include <cmath>

namespace gx {

namespace {

struct Form {
  const char *name;
  // Numbers that oneDNN wants to know: inputs of the node from the second on, or these.
  size_t inputs;
  std::vector<double> numbers;
};

const std::map<std::string, Form> &forms() {
  static const std::map<std::string, Form> table = {
      {"aten::relu", {"relu", 0, {}}},
      {"aten::tanh", {"tanh", 0, {}}},
      {"aten::sigmoid", {"sigmoid", 0, {}}},
      {"aten::silu", {"swish", 0, {}}},
      {"aten::hardswish", {"hardswish", 0, {}}},
      {"aten::hardsigmoid", {"hardsigmoid", 0, {}}},
      {"aten::leaky_relu", {"leaky_relu", 1, {}}},
      {"aten::hardtanh", {"hardtanh", 2, {}}},
      {"aten::clamp", {"hardtanh", 2, {}}},
      {"aten::relu6", {"hardtanh", 0, {0., 6.}}},
  };
  return table;
}

std::optional<Activation> activation(Node *user) {
  if (user->kind() == c10::aten::gelu && user->inputs().size() == 2) {
    if (auto algorithm = torch::jit::constant_as<std::string>(user->input(1))) return Activation{user, "gelu", Scalars(), *algorithm};
  }
  auto found = forms().find(user->kind().toQualString());
  if (found == forms().end()) return std::nullopt;
  const auto &[name, inputs, numbers] = found->second;
  Activation result{user, name, Scalars(), ""};
  for (double number : numbers) result.scalars.push_back(at::Scalar(number));
  for (size_t i = 1; i <= inputs; i++) {
    auto number = torch::jit::toIValue(user->input(i));
    if (!number || !(number->isInt() || number->isDouble())) return std::nullopt;
    result.scalars.push_back(number->toScalar());
  }
  return result;
}

// Perhaps rounded to bf16.
bool is_factor(const Value *value) {
  const auto factor = number(value);
  return factor && std::fabs(*factor - 1.702) < 2e-3;
}

}  // namespace

Activation no_activation(Node *node) { return {node, "none", Scalars(), ""}; }

Activation fused_activation(Node *node) {
  if (node->output()->uses().size() != 1) return no_activation(node);
  Node *user = node->output()->uses()[0].user;
  if (user->owningBlock() != node->owningBlock() || user->inputs().empty() || user->input(0) != node->output()) {
    return no_activation(node);
  }
  return activation(user).value_or(no_activation(node));
}

std::vector<Node *> quick_gelu(Node *node) {
  Value *x = node->output();
  if (x->uses().size() != 2) return {};
  for (const auto &use : x->uses()) {
    Node *scaled = use.user;
    if (scaled->kind() != c10::aten::mul || scaled->input(0) != x || scaled->output()->uses().size() != 1) continue;
    if (!is_factor(scaled->input(1))) continue;
    Node *sigmoid = scaled->output()->uses()[0].user;
    if (sigmoid->kind() != c10::aten::sigmoid || sigmoid->output()->uses().size() != 1) continue;
    Node *product = sigmoid->output()->uses()[0].user;
    if (product->kind() != c10::aten::mul || product->owningBlock() != node->owningBlock()) continue;
    const bool of_both = (product->input(0) == x && product->input(1) == sigmoid->output()) ||
                         (product->input(1) == x && product->input(0) == sigmoid->output());
    if (of_both) return {product, sigmoid, scaled};
  }
  return {};
}

}  // namespace gx
