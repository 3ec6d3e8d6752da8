// Attention that a graph wrote out: on our own kernel, and, where that is not made for what comes, line by line as it stood there.
#include "attention.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <limits>
#include <memory>

namespace gx {

namespace {

struct WrittenOut {
  at::Tensor q, keys, v;
  std::vector<at::Tensor> masks;
  std::vector<std::optional<double>> fills;
  double scale;
};

// All masks as numbers that are added to the scores: a fill is so low that whatever it is added to becomes the fill.
Optional added(const WrittenOut &of) {
  Optional bias;
  for (size_t i = 0; i < of.masks.size(); i++) {
    if (const auto fill = of.fills[i]) {
      bias = at::masked_fill(bias ? *bias : at::zeros({}, at::kFloat), of.masks[i], *fill);
    } else {
      // One of truth values is added as 0 and 1.
      const at::Tensor numbers = of.masks[i].to(at::kFloat);
      bias = bias ? *bias + numbers : numbers;
    }
  }
  return bias;
}

bool is_ours(const at::Tensor &x) { return x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16; }

Optional by_kernel(const WrittenOut &of) {
  if (!are_here({of.q, of.keys, of.v}) || of.keys.dim() < 2 || !is_ours(of.q) || !is_ours(of.keys) || !is_ours(of.v)) return std::nullopt;
  for (size_t i = 0; i < of.masks.size(); i++) {
    const at::ScalarType type = of.masks[i].scalar_type();
    // One of f64 makes scores of f64, in which more numbers are finite.
    if (!are_here({of.masks[i]}) || of.masks[i].is_complex() || type == at::kDouble || (of.fills[i] && type != at::kBool)) return std::nullopt;
  }
  // Where precisions differ, as tables of angles keep q and k in f32, the wider one holds for all; the result has that of v, as a product has.
  const at::ScalarType type = of.v.scalar_type();
  const bool mixed = of.q.scalar_type() != type || of.keys.scalar_type() != type;
  const auto in_one = [mixed](const at::Tensor &x) { return mixed ? x.to(at::kFloat) : x; };
  // A softmax over nothing but minus infinity is not a number.
  const Softmax softmax{of.scale, std::numeric_limits<float>::quiet_NaN()};
  const Optional y = own_kernels_attention(in_one(of.q), in_one(of.keys.transpose(-1, -2)), in_one(of.v), added(of), softmax);
  return y ? Optional(y->to(type)) : std::nullopt;
}

at::Tensor line_by_line(const torch::jit::Code &lines, const WrittenOut &of) {
  torch::jit::Stack stack{of.q, of.keys, of.v};
  stack.insert(stack.end(), of.masks.begin(), of.masks.end());
  torch::jit::InterpreterState(lines).run(stack);
  return stack.back().toTensor();
}

torch::jit::Operation make(const torch::jit::Node *node) {
  TORCH_CHECK(node && node->hasAttribute(torch::jit::attr::Subgraph), "an operator of glyxel that stands for lines of a graph has none");
  const auto lines = std::make_shared<const torch::jit::Code>(node->g(torch::jit::attr::Subgraph), "written_out_attention");
  return [lines](torch::jit::Stack &stack) {
    Arguments arguments(stack, 6);
    WrittenOut of{arguments.tensor(), arguments.tensor(), arguments.tensor(), arguments.tensors(), arguments.optional_numbers(), arguments.number()};
    TORCH_CHECK(of.masks.size() == of.fills.size() && lines->num_inputs() == 3 + of.masks.size(), "an operator of glyxel got other masks than it has lines for");
    const Optional y = by_kernel(of);
    arguments.give(y ? *y : line_by_line(*lines, of));
  };
}

}  // namespace

// The interpreter makes one operation of all nodes with as many inputs, unless they may have any number ("...").
extern const OperatorOfLines written_out_attention_operator = {
    "glyxel::attention.written_out(Tensor q, Tensor keys, Tensor v, Tensor[] masks, float?[] fills, float scale, ...) -> Tensor", make};

}  // namespace gx
