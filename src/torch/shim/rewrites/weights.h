// The weights of a program while its methods are rewritten. What is made of them is made once, whichever methods share it.
#pragma once
#include "unrounded.h"

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
  Weights(torch::jit::Module module, Unrounded unrounded, bool int8) : unrounded(std::move(unrounded)), int8(int8), module_(std::move(module)) {}

  Unrounded unrounded;
  // Whether linear layers are to compute in int8.
  const bool int8;

  // What `make` makes of `sources`; `what` tells it from anything else that is made of the same.
  const std::vector<at::Tensor> &made(const std::string &what, const std::vector<at::Tensor> &sources,
                                      const std::function<std::vector<at::Tensor>()> &make);

  // The weight in a kernel's own layout, as a value at the graph's insert point. It is an opaque tensor, which a graph
  // can't hold as a constant, so it becomes an attribute of the module.
  Value *packed(Graph &graph, const std::string &what, const at::Tensor &weight, const std::function<at::Tensor()> &pack);

  // The same, but for `pack_all`: `pack` runs beside others, on any thread, and uses no thread but that one.
  Value *packed_later(Graph &graph, const std::string &what, const at::Tensor &weight, std::function<at::Tensor()> pack);
  void pack_all();

  // A bias as a kernel that adds in f32 should have it, as a constant at the graph's insert point.
  Value *exact(Graph &graph, const torch::jit::IValue &bias);

 private:
  torch::jit::Module module_;
  // By address, sizes and strides: views of one weight share its address.
  using Key = std::pair<std::string, std::vector<int64_t>>;
  static Key key(const std::string &what, const std::vector<at::Tensor> &tensors);
  // The sources are kept until all methods are rewritten, so that their addresses stay their own.
  std::map<Key, std::pair<std::vector<at::Tensor>, std::vector<at::Tensor>>> made_;
  std::map<Key, std::pair<at::Tensor, std::string>> packed_;
  std::vector<std::pair<std::string, std::function<at::Tensor()>>> later_;
};

// The tensor that a value always has, if it does.
std::optional<at::Tensor> constant_tensor(const Value *value);

// The half precision that constants of a graph are in; none if they are all in f32.
std::optional<at::ScalarType> half_precision(torch::jit::Block *block);

}  // namespace gx
