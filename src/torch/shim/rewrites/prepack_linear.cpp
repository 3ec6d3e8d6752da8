#include "activation.h"
#include "operators.h"
#include "rewrites.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <map>
#include <set>

namespace gx {

namespace {

at::Tensor reorder(const at::Tensor &weight) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                             .typed<at::Tensor(const at::Tensor &, std::optional<int64_t>)>();
  return op.call(weight.contiguous(), std::nullopt);
}

bool packable(const at::Tensor &weight) {
  return weight.defined() && weight.device().is_cpu() && weight.layout() == at::kStrided && weight.dim() == 2 &&
         weight.numel() > 0 && (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
}

// The precision of our own kernels, where they are for this weight.
std::optional<kernels::Precision> own(const at::Tensor &weight, bool int8) {
  const int64_t k = weight.size(1);
  if (int8 && has_int8() && kernels::packable(k, kernels::Precision::int8)) return kernels::Precision::int8;
  auto precision = kernel_precision(weight.scalar_type());
  return precision && kernels::packable(k, *precision) ? precision : std::nullopt;
}

std::optional<kernels::Activation> own(const Activation &activation) {
  using kernels::Activation;
  if (activation.name == "gelu") return activation.algorithm == "tanh" ? Activation::gelu_tanh : Activation::gelu;
  static const std::map<std::string, Activation> known = {{"none", Activation::none},
                                                          {"relu", Activation::relu},
                                                          {"tanh", Activation::tanh},
                                                          {"sigmoid", Activation::sigmoid},
                                                          {"swish", Activation::silu}};
  auto found = known.find(activation.name);
  if (found == known.end()) return std::nullopt;
  return found->second;
}

// What our kernels can do to a sum before it is written, and the nodes that it makes needless, from the last to the first.
struct Fused {
  kernels::Activation activation;
  std::vector<Node *> nodes;
};

Fused fused(Node *node) {
  if (auto nodes = quick_gelu(node); !nodes.empty()) return {kernels::Activation::quick_gelu, nodes};
  const Activation activation = fused_activation(node);
  if (auto known = own(activation); known && activation.node != node) return {*known, {activation.node}};
  return {kernels::Activation::none, {}};
}

class Packer {
 public:
  Packer(const std::shared_ptr<Graph> &graph, Weights &weights) : graph_(*graph), weights_(weights) {
    const torch::jit::AliasDb aliases(graph);
    find_movable(graph->block(), aliases);
  }

  void visit(torch::jit::Block *block) {
    std::vector<Node *> linears;
    for (Node *node : block->nodes()) {
      for (auto *inner : node->blocks()) visit(inner);
      if (node->kind() == c10::aten::linear) linears.push_back(node);
    }
    for (Node *node : linears) {
      auto weight = constant_tensor(node->input(1));
      auto bias = torch::jit::toIValue(node->input(2));
      if (!weight || !packable(*weight) || !bias || !adds(*bias, weight->size(0))) continue;
      if (auto precision = own(*weight, weights_.int8)) {
        use_own(node, *weight, *bias, *precision);
      } else {
        use_onednn(node, *weight, *bias);
      }
    }
  }

 private:
  // What a linear layer reads is not written to, so it may be computed later. Told before anything is replaced.
  void find_movable(torch::jit::Block *block, const torch::jit::AliasDb &aliases) {
    for (Node *node : block->nodes()) {
      for (auto *inner : node->blocks()) find_movable(inner, aliases);
      if (node->kind() == c10::aten::linear && !aliases.hasWriters(node->input(0))) movable_.insert(node);
    }
  }

  // No bias, or one for each output: libtorch takes others, too.
  static bool adds(const torch::jit::IValue &bias, int64_t n) {
    if (!bias.isTensor() || !bias.toTensor().defined()) return true;
    return bias.toTensor().dim() == 1 && bias.toTensor().size(0) == n;
  }

  // The sum that alone reads a value, and that the operator may stand in for: its other operand is there, and what the linear
  // layer reads has not been written to since.
  Node *sum_behind(Node *node, Node *last) {
    if (last->output()->uses().size() != 1) return nullptr;
    Node *sum = last->output()->uses()[0].user;
    if (sum->kind() != c10::aten::add || sum->owningBlock() != node->owningBlock() || sum->inputs().size() != 3) return nullptr;
    if (sum->input(0) == sum->input(1) || !sum->input(0)->type()->isSubtypeOf(*c10::TensorType::get()) ||
        !sum->input(1)->type()->isSubtypeOf(*c10::TensorType::get())) {
      return nullptr;
    }
    auto alpha = torch::jit::toIValue(sum->input(2));
    if (!alpha || !alpha->isScalar() || alpha->toScalar().toDouble() != 1.) return nullptr;
    return movable_.count(node) ? sum : nullptr;
  }

  void use_own(Node *node, const at::Tensor &weight, const torch::jit::IValue &bias, kernels::Precision precision) {
    auto [activation, nodes] = fused(node);
    Node *activated = nodes.empty() ? node : nodes.front(), *sum = sum_behind(node, activated);
    torch::jit::WithInsertPoint at(sum ? sum : node);
    Value *none = graph_.insertConstant(c10::IValue());
    Value *residual = sum ? sum->input(sum->input(0) == activated->output() ? 1 : 0) : none;
    const at::Tensor exact_weight = precision == kernels::Precision::int8 ? weights_.unrounded(weight) : weight;
    Value *packed = weights_.packed_later(graph_, "own linear", weight, [exact_weight, precision] {
      return pack_linear(precision == kernels::Precision::int8 ? exact_weight.to(at::kFloat) : exact_weight, precision);
    });
    Value *exact = none;
    if (bias.isTensor() && bias.toTensor().defined()) {
      exact = graph_.insertConstant(weights_.unrounded(bias.toTensor()).to(at::kFloat).contiguous());
    }
    static const auto linear = c10::Symbol::fromQualString("glyxel::linear");
    Value *out = graph_.insert(linear, {node->input(0), packed, weight.size(0), exact, residual, static_cast<int64_t>(activation)});
    if (sum) nodes.insert(nodes.begin(), sum);
    nodes.push_back(node);
    replace(nodes, out);
  }

  void use_onednn(Node *node, const at::Tensor &weight, const torch::jit::IValue &bias) {
    const Activation activation = fused_activation(node);
    torch::jit::WithInsertPoint at(node);
    Value *packed = weights_.packed(graph_, "linear", weight, [&] { return reorder(weight); });
    Value *scalars = graph_.insertConstant(activation.scalars);
    Value *out = graph_.insert(c10::Symbol::fromQualString("mkldnn::_linear_pointwise"),
                               {node->input(0), packed, weights_.exact(graph_, bias), activation.name, scalars, activation.algorithm});
    replace(activation.node == node ? std::vector<Node *>{node} : std::vector<Node *>{activation.node, node}, out);
  }

  // From the last to the first, each of which then has no reader.
  static void replace(const std::vector<Node *> &nodes, Value *by) {
    nodes.front()->output()->replaceAllUsesWith(by);
    for (Node *node : nodes) node->destroy();
  }

  Graph &graph_;
  std::set<Node *> movable_;
  Weights &weights_;
};

}  // namespace

void prepack_linear(const std::shared_ptr<Graph> &graph, Weights &weights) { Packer(graph, weights).visit(graph->block()); }

}  // namespace gx
