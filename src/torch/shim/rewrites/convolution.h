// A two-dimensional convolution of which all but the picture is known when the graph is rewritten.
#pragma once
#include "weights.h"

namespace gx {

struct Convolution {
  Node *node;
  at::Tensor weight;
  std::optional<at::Tensor> bias;
  std::vector<int64_t> padding, stride, dilation;
  int64_t groups;

  Value *input() const { return node->input(0); }
};

// The convolution that a node is, if it is one; not transposed, and padded with numbers.
std::optional<Convolution> constant_convolution(Node *node);

// A constant list of two integers; one stands for both.
std::optional<std::vector<int64_t>> constant_pair(const Value *value);

}  // namespace gx
