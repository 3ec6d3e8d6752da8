#include "convolution.h"
#include "operators.h"
#include "rewrites.h"

namespace gx {

namespace {

// Of a picture's few channels: deeper inside a network they lie side by side, which oneDNN reads faster than patches are cut.
constexpr int64_t most_channels = 4;

bool cuts_patches(const Convolution &convolution) {
  const at::Tensor &weight = convolution.weight;
  const std::vector<int64_t> sides = {weight.size(2), weight.size(3)}, none = {0, 0}, one = {1, 1};
  return convolution.groups == 1 && convolution.stride == sides && convolution.padding == none && convolution.dilation == one &&
         sides[0] > 1 && sides[1] > 1 && weight.size(1) <= most_channels && weight.device().is_cpu() && weight.layout() == at::kStrided;
}

void visit(Graph &graph, torch::jit::Block *block, Weights &weights) {
  std::vector<Convolution> found;
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) visit(graph, inner, weights);
    auto convolution = constant_convolution(node);
    if (convolution && cuts_patches(*convolution)) found.push_back(*convolution);
  }
  static const auto patches = c10::Symbol::fromQualString("glyxel::patches");
  for (const auto &convolution : found) {
    const at::Tensor &weight = convolution.weight;
    const auto precision = kernel_precision(weight.scalar_type());
    if (!precision || !kernels::packable(weight[0].numel(), *precision)) continue;
    torch::jit::WithInsertPoint at(convolution.node);
    Value *packed = weights.packed(graph, "patches", weight, [&] { return pack_linear(weight.permute({0, 2, 3, 1}).flatten(1), *precision); });
    Value *bias = convolution.bias ? graph.insertConstant(weights.unrounded(*convolution.bias).to(at::kFloat).contiguous())
                                   : graph.insertConstant(c10::IValue());
    Value *out = graph.insert(patches, {convolution.input(), packed, weight.size(0), bias, convolution.stride});
    convolution.node->output()->replaceAllUsesWith(out);
    convolution.node->destroy();
  }
}

}  // namespace

void patches(Graph &graph, Weights &weights) { visit(graph, graph.block(), weights); }

}  // namespace gx
