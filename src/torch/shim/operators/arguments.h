// What the operators have in common: what they are called with, and how a call looks to libtorch's interpreter.
#pragma once
#include "operators.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <initializer_list>

namespace gx {

// An argument that may be None.
using Optional = std::optional<at::Tensor>;

// The precision that a tensor's numbers have: f32, bf16 or int8.
kernels::Precision precision_of(const at::Tensor &x);

// Whether all that are there lie in this machine's memory: an archive may call an operator with what it likes.
bool are_here(std::initializer_list<Optional> tensors);

// The numbers that a kernel adds or multiplies in f32, n of them, or none.
bool are_floats(const Optional &numbers, int64_t n);

// The arguments of a call, in their order.
class Arguments {
 public:
  Arguments(torch::jit::Stack &stack, size_t count) : stack_(stack), count_(count) {}

  at::Tensor tensor() { return next().toTensor(); }
  Optional optional_tensor();
  int64_t integer() { return next().toInt(); }
  std::optional<int64_t> optional_integer();
  std::vector<int64_t> integers() { return next().toIntVector(); }
  std::vector<at::Tensor> tensors() { return next().toTensorVector(); }
  double number() { return next().toDouble(); }
  std::optional<double> optional_number();
  std::vector<std::optional<double>> optional_numbers();
  kernels::Activation activation();
  bool truth() { return next().toBool(); }
  std::optional<at::ScalarType> optional_type();

  // In the place of the arguments.
  void give(at::Tensor result);

 private:
  const torch::jit::IValue &next() { return torch::jit::peek(stack_, at_++, count_); }

  torch::jit::Stack &stack_;
  size_t count_, at_ = 0;
};

// Each operator: its schema, and what it does to the stack.
struct Operator {
  const char *schema;
  void (*run)(torch::jit::Stack &stack);
};
// One that holds lines of a graph: what it does is made for each place where it stands.
struct OperatorOfLines {
  const char *schema;
  torch::jit::Operation (*make)(const torch::jit::Node *node);
};
extern const Operator linear_operator, convolution_operator, depthwise_operator, attention_operator, layer_norm_operator, rms_norm_operator, rotary_operator;
extern const OperatorOfLines written_out_attention_operator;

// A product as linear layers and convolutions call it.
struct ProductCall {
  at::Tensor x, packed;
  int64_t n, k;
  Optional bias, residual;
  kernels::Activation activation, last;
  // Whether the residual is a factor.
  bool gated = false;
  const kernels::Window *window = nullptr;

  // The last four are the next arguments.
  ProductCall(at::Tensor x, at::Tensor packed, int64_t n, int64_t k, Arguments &arguments);

  // A residual that is not of these sizes, in x's precision and where x is, which the kernel therefore must not see.
  Optional take_other_residual(at::IntArrayRef sizes);
};

// sizes: of the result, as it lies in memory; a residual lies the same way.
at::Tensor product(const ProductCall &call, at::IntArrayRef sizes);

// last(y + residual), or last(y · residual), as libtorch does it; y if there is none.
at::Tensor with_residual(const at::Tensor &y, const Optional &residual, kernels::Activation last, bool gated = false);

}  // namespace gx
