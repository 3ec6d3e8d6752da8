#include "activation.h"
#include "kernels/packing.h"
#include "onednn.h"
#include "own_fusion.h"
#include "rewrites.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/constants.h>

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

class Packer {
 public:
  Packer(const std::shared_ptr<Graph> &graph, Weights &weights) : graph_(*graph), fusions_(graph), weights_(weights) {}

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
      } else if (onednn_packs(weight->scalar_type())) {
        use_onednn(node, *weight, *bias);
      }
    }
  }

 private:
  // No bias, or one for each output: libtorch takes others, too.
  static bool adds(const torch::jit::IValue &bias, int64_t n) {
    if (!bias.isTensor() || !bias.toTensor().defined()) return true;
    return bias.toTensor().dim() == 1 && bias.toTensor().size(0) == n;
  }

  void use_own(Node *node, const at::Tensor &weight, const torch::jit::IValue &bias, kernels::Precision precision) {
    const OwnFusion fusion = fusions_.of(node, true, true);
    torch::jit::WithInsertPoint at(fusion.place);
    const at::Tensor exact_weight = precision == kernels::Precision::int8 ? weights_.unrounded(weight) : weight;
    Value *packed = weights_.packed_later(graph_, "own linear", weight, [exact_weight, precision] {
      return pack_linear(precision == kernels::Precision::int8 ? exact_weight.to(at::kFloat) : exact_weight, precision);
    });
    Value *residual = fusion.residual ? fusion.residual : graph_.insertConstant(c10::IValue());
    static const auto linear = c10::Symbol::fromQualString("glyxel::linear");
    fusion.replace_by(graph_.insert(linear, {node->input(0), packed, weight.size(0), own_numbers(graph_, bias, weights_), residual,
                                             static_cast<int64_t>(fusion.activation), static_cast<int64_t>(fusion.last), fusion.gated}));
  }

  void use_onednn(Node *node, const at::Tensor &weight, const torch::jit::IValue &bias) {
    const Activation activation = fused_activation(node);
    torch::jit::WithInsertPoint at(node);
    Value *packed = weights_.packed(graph_, "linear", weight, [&] { return reorder(weight); });
    Value *scalars = graph_.insertConstant(activation.scalars);
    Value *out = graph_.insert(c10::Symbol::fromQualString("mkldnn::_linear_pointwise"),
                               {node->input(0), packed, weights_.exact(graph_, bias), activation.name, scalars, activation.algorithm});
    activation.node->output()->replaceAllUsesWith(out);
    if (activation.node != node) activation.node->destroy();
    node->destroy();
  }

  Graph &graph_;
  OwnFusions fusions_;
  Weights &weights_;
};

}  // namespace

void prepack_linear(const std::shared_ptr<Graph> &graph, Weights &weights) { Packer(graph, weights).visit(graph->block()); }

}  // namespace gx
