#include "convolution.h"
#include "own_fusion.h"
#include "rewrites.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace gx {

namespace {

// Of every channel by itself, one result each.
bool is_depthwise(const Convolution &convolution) {
  return convolution.groups > 1 && convolution.groups == convolution.weight.size(0) && convolution.weight.size(1) == 1;
}

// Zeros that a node puts around pictures, if that is all it does: above, to the left, below, to the right.
std::optional<std::vector<int64_t>> zero_padding(Node *node) {
  const bool general = node->kind() == c10::aten::pad;
  if (!general && node->kind() != c10::aten::constant_pad_nd) return std::nullopt;
  if (general && torch::jit::constant_as<std::string>(node->namedInput("mode")) != "constant") return std::nullopt;
  const auto pad = torch::jit::toIValue(node->namedInput("pad")), value = torch::jit::toIValue(node->namedInput("value"));
  if (!pad || !pad->isIntList() || !value || !(value->isNone() || (value->isScalar() && value->toScalar().toDouble() == 0.))) return std::nullopt;
  auto sides = pad->toIntVector();  // of the last dimension first
  if (sides.size() > 4 || std::any_of(sides.begin(), sides.end(), [](int64_t side) { return side < 0; })) return std::nullopt;
  sides.resize(4);
  return std::vector<int64_t>{sides[2], sides[0], sides[3], sides[1]};
}

class Rewriter {
 public:
  Rewriter(const std::shared_ptr<Graph> &graph, Weights &weights) : graph_(*graph), fusions_(graph), weights_(weights) {}

  void visit(torch::jit::Block *block) {
    std::vector<Convolution> found;
    for (Node *node : block->nodes()) {
      for (auto *inner : node->blocks()) visit(inner);
      if (auto convolution = constant_convolution(node)) found.push_back(*convolution);
    }
    for (const auto &convolution : found) {
      const at::Tensor &weight = convolution.weight;
      if (!weight.device().is_cpu() || weight.layout() != at::kStrided) continue;
      const auto precision = kernel_precision(weight.scalar_type());
      if (!precision) continue;
      if (is_depthwise(convolution)) {
        use_depthwise(convolution);
      } else if (convolution.groups == 1) {
        use_product(convolution, *precision);
      }
    }
  }

 private:
  void use_product(const Convolution &of, kernels::Precision precision) {
    const OwnFusion fusion = fusions_.of(of.node);
    const auto [input, padding] = padded(of);
    torch::jit::WithInsertPoint at(fusion.place);
    Value *packed = weights_.packed(graph_, "own convolution", of.weight, [&] { return pack_convolution(of.weight, precision); });
    Value *residual = fusion.residual ? fusion.residual : graph_.insertConstant(c10::IValue());
    static const auto convolution = c10::Symbol::fromQualString("glyxel::convolution");
    fusion.replace_by(graph_.insert(convolution, {input, packed, of.weight.size(0), bias(of), residual, static_cast<int64_t>(fusion.activation),
                                                  static_cast<int64_t>(fusion.last), sides(of), of.stride, padding, of.dilation}));
  }

  void use_depthwise(const Convolution &of) {
    const OwnFusion fusion = fusions_.of(of.node, /*joins=*/false);
    const auto [input, padding] = padded(of);
    torch::jit::WithInsertPoint at(of.node);
    const at::Tensor by_tap = weights_.made("by tap", {of.weight}, [&] {
      return std::vector<at::Tensor>{weights_.unrounded(of.weight).to(at::kFloat).flatten(1).t().contiguous()};
    })[0];
    static const auto depthwise = c10::Symbol::fromQualString("glyxel::depthwise");
    fusion.replace_by(graph_.insert(depthwise, {input, graph_.insertConstant(by_tap), bias(of), static_cast<int64_t>(fusion.activation), sides(of),
                                                of.stride, padding, of.dilation}));
  }

  // What is read, and the zeros around it: above, to the left, below, to the right.
  struct Padded {
    Value *input;
    std::vector<int64_t> padding;
  };

  // A padding with zeros that the convolution alone reads is part of it.
  Padded padded(const Convolution &of) const {
    const std::vector<int64_t> own = {of.padding[0], of.padding[1], of.padding[0], of.padding[1]};
    Node *before = of.input()->node();
    const auto zeros = zero_padding(before);
    if (!zeros || of.input()->uses().size() != 1 || !fusions_.is_movable(before)) return {of.input(), own};
    std::vector<int64_t> sum(4);
    for (size_t i = 0; i < 4; i++) sum[i] = own[i] + (*zeros)[i];
    return {before->input(0), sum};
  }

  // Channels, height, width.
  static std::vector<int64_t> sides(const Convolution &of) { return {of.weight.size(1) * of.groups, of.weight.size(2), of.weight.size(3)}; }

  Value *bias(const Convolution &of) { return own_numbers(graph_, of.bias ? torch::jit::IValue(*of.bias) : torch::jit::IValue(), weights_); }

  Graph &graph_;
  OwnFusions fusions_;
  Weights &weights_;
};

}  // namespace

void own_convolution(const std::shared_ptr<Graph> &graph, Weights &weights) { Rewriter(graph, weights).visit(graph->block()); }

}  // namespace gx
