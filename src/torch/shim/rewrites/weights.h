// The weights of a program while its methods are rewritten. What is made of them is made once, whichever methods share it.
#pragma once
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace gx {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

class Weights {
 public:
  explicit Weights(torch::jit::Module module) : module_(std::move(module)) {}

  // `parts` one below the other.
  at::Tensor joined(const std::vector<at::Tensor> &parts);

  // The weight in a kernel's own layout, as a value at the graph's insert point. It is an opaque tensor, which a graph
  // can't hold as a constant, so it becomes an attribute of the module.
  Value *packed(Graph &graph, const at::Tensor &weight, const std::function<at::Tensor()> &pack);

 private:
  torch::jit::Module module_;
  // The sources are kept until all methods are rewritten, so that their addresses stay their own.
  // By address, sizes and strides: views of one weight share its address.
  using Key = std::vector<int64_t>;
  static Key key(const std::vector<at::Tensor> &tensors);
  std::map<Key, std::pair<std::vector<at::Tensor>, at::Tensor>> joined_;
  std::map<Key, std::pair<at::Tensor, std::string>> packed_;
};

// The tensor that a value always has, if it does.
std::optional<at::Tensor> constant_tensor(const Value *value);

// An activation that oneDNN can do while a product's result is still in registers; only gelu has a choice of algorithm.
struct Activation {
  Node *node;
  std::string attr;
  std::string algorithm;
};

// The activation that alone reads the node's result.
std::optional<Activation> fused_activation(const Node *node);

}  // namespace gx
