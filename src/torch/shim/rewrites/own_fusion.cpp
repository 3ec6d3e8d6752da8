#include "own_fusion.h"

#include "activation.h"
#include "constants.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

bool clamps_to_6(const Activation &activation) {
  const auto is = [&](size_t i, double number) { return activation.scalars.get(i).has_value() && activation.scalars.get(i)->toDouble() == number; };
  return activation.name == "hardtanh" && activation.scalars.size() == 2 && is(0, 0.) && is(1, 6.);
}

std::optional<kernels::Activation> known(const Activation &activation) {
  using kernels::Activation;
  if (activation.name == "gelu") return activation.algorithm == "tanh" ? Activation::gelu_tanh : Activation::gelu;
  if (clamps_to_6(activation)) return Activation::relu6;
  static const std::map<std::string, Activation> table = {{"relu", Activation::relu},
                                                          {"tanh", Activation::tanh},
                                                          {"sigmoid", Activation::sigmoid},
                                                          {"swish", Activation::silu},
                                                          {"hardsigmoid", Activation::hardsigmoid},
                                                          {"hardswish", Activation::hardswish}};
  auto found = table.find(activation.name);
  if (found == table.end()) return std::nullopt;
  return found->second;
}

// The activation of a node's result that alone reads it, and the nodes that make it, from the last to the first.
std::pair<kernels::Activation, std::vector<Node *>> activation_behind(Node *node) {
  if (auto nodes = quick_gelu(node); !nodes.empty()) return {kernels::Activation::quick_gelu, nodes};
  const Activation activation = fused_activation(node);
  if (auto ours = known(activation); ours && activation.node != node) return {*ours, {activation.node}};
  return {kernels::Activation::none, {}};
}

void find_movable(torch::jit::Block *block, const torch::jit::AliasDb &aliases, std::set<Node *> &movable) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_movable(inner, aliases, movable);
    if (!node->inputs().empty() && !aliases.hasWriters(node->input(0))) movable.insert(node);
  }
}

}  // namespace

void OwnFusion::replace_by(Value *result) const {
  nodes.front()->output()->replaceAllUsesWith(result);
  // Each has no reader once those behind it are gone.
  for (Node *node : nodes) node->destroy();
}

OwnFusions::OwnFusions(const std::shared_ptr<Graph> &graph) { find_movable(graph->block(), torch::jit::AliasDb(graph), movable_); }

OwnFusion OwnFusions::of(Node *product, bool joins, bool gates) const {
  OwnFusion fusion;
  fusion.place = product;
  auto [activation, nodes] = activation_behind(product);
  fusion.activation = activation;
  Node *last = nodes.empty() ? product : nodes.front();
  if (Node *joint = joins ? joint_behind(product, last, gates) : nullptr) {
    fusion.place = joint;
    fusion.residual = joint->input(joint->input(0) == last->output() ? 1 : 0);
    fusion.gated = joint->kind() == c10::aten::mul;
    nodes.insert(nodes.begin(), joint);
    auto [of_joint, behind] = activation_behind(joint);
    fusion.last = of_joint;
    nodes.insert(nodes.begin(), behind.begin(), behind.end());
  }
  nodes.push_back(product);
  fusion.nodes = std::move(nodes);
  return fusion;
}

// The sum that alone reads a value, or the product, and that the operator may stand in for: its other operand is there, and what the product
// reads has not been written to since.
Node *OwnFusions::joint_behind(Node *product, Node *last, bool gates) const {
  if (last->output()->uses().size() != 1) return nullptr;
  Node *joint = last->output()->uses()[0].user;
  const bool adds = joint->kind() == c10::aten::add && joint->inputs().size() == 3 && number(joint->input(2)) == 1.;
  // What is constant scales columns, and lies otherwise.
  const auto varies = [](const Value *value) { return !torch::jit::toIValue(value); };
  const bool multiplies = gates && joint->kind() == c10::aten::mul && joint->inputs().size() == 2 && varies(joint->input(0)) && varies(joint->input(1));
  if (!(adds || multiplies) || joint->owningBlock() != product->owningBlock()) return nullptr;
  if (joint->input(0) == joint->input(1) || !is_tensor(joint->input(0)) || !is_tensor(joint->input(1))) return nullptr;
  return is_movable(product) ? joint : nullptr;
}

Value *own_numbers(Graph &graph, const torch::jit::IValue &numbers, const Weights &weights) {
  if (!numbers.isTensor() || !numbers.toTensor().defined()) return graph.insertConstant(c10::IValue());
  return graph.insertConstant(weights.unrounded(numbers.toTensor()).to(at::kFloat).contiguous());
}

}  // namespace gx
