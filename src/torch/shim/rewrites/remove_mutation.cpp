#include "rewrites.h"

#include <torch/csrc/jit/passes/remove_mutation.h>

#include <set>

namespace gx {

// Convolutional networks write activations and residual sums over what they read; the patterns of other passes know the
// plain forms. libtorch sees to it that nobody else reads what was written over.
void remove_mutation(const std::shared_ptr<Graph> &graph) {
  static const std::set<std::string> ops = {"aten::relu_",        "aten::relu6_",       "aten::hardtanh_",   "aten::clamp_",
                                            "aten::silu_",        "aten::hardswish_",   "aten::sigmoid_",    "aten::tanh_",
                                            "aten::hardsigmoid_", "aten::leaky_relu_",  "aten::gelu_",       "aten::add_"};
  torch::jit::RemoveTensorMutation(graph, [](Node *node) { return ops.count(node->kind().toQualString()) > 0; });
}

}  // namespace gx
