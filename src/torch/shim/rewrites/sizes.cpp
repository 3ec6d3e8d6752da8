#include "sizes.h"

#include "constants.h"

#include <torch/csrc/jit/ir/constants.h>

#include <set>

namespace gx {

namespace {

// One operand, taken element by element.
bool keeps_sizes(const Node *node) {
  static const std::set<std::string> ops = {
      "aten::relu",      "aten::hardtanh", "aten::relu6", "aten::clamp", "aten::silu",        "aten::gelu",
      "aten::hardswish", "aten::sigmoid",  "aten::tanh",  "aten::elu",   "aten::hardsigmoid", "aten::leaky_relu"};
  auto tensors = std::count_if(node->inputs().begin(), node->inputs().end(), is_tensor);
  return ops.count(node->kind().toQualString()) > 0 && tensors == 1;
}

// (size - 1) / 1 + 1 is no step, and one of stride 1 only adds to what the next one adds.
void append(Sizes::Steps &steps, Sizes::Step step) {
  if (!steps.empty() && steps.back().stride == 1) {
    step.more += steps.back().more + 1;
    steps.pop_back();
  }
  if (step.stride != 1 || step.more != -1) steps.push_back(step);
}

void slide(Sizes &sizes, const std::vector<int64_t> &kernel, const std::vector<int64_t> &padding,
           const std::vector<int64_t> &stride, const std::vector<int64_t> &dilation) {
  for (size_t i = 0; i < 2; i++) append(sizes.steps[i], {2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1, stride[i]});
  sizes.side = (sizes.side - 1) / std::max<int64_t>(stride[0], 1) + 1;
}

// Height and width are averaged away.
bool averages_all(Node *node) {
  if (node->kind() == c10::aten::adaptive_avg_pool2d) return constant_pair(node->input(1)) == std::vector<int64_t>{1, 1};
  if (node->kind() != c10::aten::mean || node->inputs().size() != 4) return false;
  auto dims = constant_pair(node->input(1));
  const bool both = dims == std::vector<int64_t>{2, 3} || dims == std::vector<int64_t>{-2, -1} || dims == std::vector<int64_t>{3, 2} ||
                    dims == std::vector<int64_t>{-1, -2};
  return both && torch::jit::constant_as<bool>(node->input(2)) == true && node->input(3)->mustBeNone();
}

}  // namespace

const Sizes &SizesOf::operator()(const Value *value) {
  auto found = known_.find(value);
  if (found == known_.end()) found = known_.emplace(value, find(value)).first;
  return found->second;
}

Sizes SizesOf::find(const Value *value) {
  Node *node = const_cast<Node *>(value->node());
  const int64_t usual = 224;
  Sizes unknown{value, {}, std::nullopt, std::nullopt, node->kind() == c10::prim::Param ? usual : 1};
  for (const Value *input : node->inputs()) {
    if (is_tensor(input)) unknown.side = std::max(unknown.side, (*this)(input).side);
  }
  if (auto convolution = constant_convolution(node)) {
    Sizes sizes = (*this)(convolution->input());
    const auto kernel = convolution->weight.sizes().slice(2).vec();
    slide(sizes, kernel, convolution->padding, convolution->stride, convolution->dilation);
    sizes.channels = convolution->weight.size(0);
    sizes.type = convolution->weight.scalar_type();
    return sizes;
  }
  if (keeps_sizes(node)) return (*this)(node->input(0));
  if (averages_all(node)) {
    Sizes sizes = (*this)(node->input(0));
    for (auto &steps : sizes.steps) steps = {{0, 0}};
    sizes.side = 1;
    return sizes;
  }
  if (node->kind() == c10::aten::max_pool2d && torch::jit::constant_as<bool>(node->input(5)) == false) {
    auto kernel = constant_pair(node->input(1)), stride = constant_pair(node->input(2));
    auto padding = constant_pair(node->input(3)), dilation = constant_pair(node->input(4));
    if (!kernel || !stride || !padding || !dilation) return unknown;
    Sizes sizes = (*this)(node->input(0));
    slide(sizes, *kernel, *padding, *stride, *dilation);
    return sizes;
  }
  if (node->kind() == c10::aten::add || node->kind() == c10::aten::mul) {
    const Sizes a = (*this)(node->input(0));
    if (!is_tensor(node->input(1))) return a;
    const Sizes b = (*this)(node->input(1));
    // One factor for each channel, as squeeze-and-excitation has it.
    auto scales = [](const Sizes &one, Sizes other) {
      for (auto &steps : other.steps) steps = {{0, 0}};
      return one == other;
    };
    if (a == b || scales(b, a)) return a;
    if (scales(a, b)) return b;
  }
  return unknown;
}

}  // namespace gx
