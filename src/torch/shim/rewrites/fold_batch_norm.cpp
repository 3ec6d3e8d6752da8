#include "convolution.h"
#include "rewrites.h"
#include "rounding.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/jit/ir/constants.h>

namespace gx {

namespace {

// At inference a batch norm is a factor and a summand for each channel.
struct Norm {
  std::vector<at::Tensor> of;
  double eps;
  at::Tensor factor, summand;
};

// libtorch's own FoldFrozenConvBatchnorm folds norms in training form too, in the weights' precision, and once for each method.
std::optional<Norm> inference_norm(Node *node, const Unrounded &unrounded) {
  if (torch::jit::constant_as<bool>(node->namedInput("training")) != false) return std::nullopt;
  auto eps = torch::jit::constant_as<double>(node->namedInput("eps"));
  if (!eps) return std::nullopt;
  Norm norm{{}, *eps, {}, {}};
  auto part = [&](const char *name) -> std::optional<at::Tensor> {
    auto constant = torch::jit::toIValue(node->namedInput(name));
    if (!constant || !constant->isTensor() || !constant->toTensor().defined()) return std::nullopt;
    norm.of.push_back(constant->toTensor());
    return unrounded(constant->toTensor()).to(at::kDouble);
  };
  auto known = [&](const char *name) { return torch::jit::toIValue(node->namedInput(name)).has_value(); };
  auto mean = part("running_mean"), variance = part("running_var"), weight = part("weight"), bias = part("bias");
  if (!mean || !variance || !known("weight") || !known("bias")) return std::nullopt;
  norm.factor = (*variance + *eps).rsqrt();
  if (weight) norm.factor = norm.factor * *weight;
  norm.summand = -*mean * norm.factor;
  if (bias) norm.summand = norm.summand + *bias;
  return norm;
}

std::vector<at::Tensor> folded(const Convolution &convolution, const Norm &norm, Unrounded &unrounded) {
  // In f64, whatever the weights' precision: only the result is rounded.
  at::Tensor bias = norm.summand;
  if (convolution.bias) bias = bias + unrounded(*convolution.bias).to(at::kDouble) * norm.factor;
  at::Tensor weight = unrounded(convolution.weight).to(at::kDouble) * norm.factor.view({-1, 1, 1, 1});
  const auto type = convolution.weight.scalar_type();
  const at::Tensor cast = bias.to(type);
  unrounded.add(cast, bias.to(at::kFloat));
  return {rounded(weight, type), cast};
}

void visit(Graph &graph, torch::jit::Block *block, Weights &weights) {
  for (auto it = block->nodes().begin(); it != block->nodes().end(); ++it) {
    Node *node = *it;
    for (auto *inner : node->blocks()) visit(graph, inner, weights);
    if (node->kind() != c10::aten::batch_norm) continue;
    Node *before = node->input(0)->node();
    if (before->owningBlock() != block || before->outputs().size() != 1 || before->output()->uses().size() != 1) continue;
    auto convolution = constant_convolution(before);
    auto norm = inference_norm(node, weights.unrounded);
    if (!convolution || !norm || norm->factor.numel() != convolution->weight.size(0)) continue;
    std::vector<at::Tensor> of = norm->of;
    of.push_back(convolution->weight);
    if (convolution->bias) of.push_back(*convolution->bias);
    const auto &result = weights.made(c10::str("folded with ", norm->eps), of, [&] { return folded(*convolution, *norm, weights.unrounded); });
    torch::jit::WithInsertPoint at(before);
    before->replaceInput(1, graph.insertConstant(result[0]));
    before->replaceInput(2, graph.insertConstant(result[1]));
    node->output()->replaceAllUsesWith(before->output());
    it.destroyCurrent();
  }
}

}  // namespace

void fold_batch_norm(Graph &graph, Weights &weights) { visit(graph, graph.block(), weights); }

}  // namespace gx
