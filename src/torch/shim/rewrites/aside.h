// A graph's weights, put aside while what compares constants runs over it: common subexpressions and pooling compare each with each
// other, number by number.
#pragma once
#include <torch/csrc/jit/ir/ir.h>

namespace gx {

void eliminate_common_subexpressions(std::shared_ptr<torch::jit::Graph> &graph);
void pool_constants(std::shared_ptr<torch::jit::Graph> &graph);

}  // namespace gx
