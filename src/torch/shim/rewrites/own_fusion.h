// What our own kernels can do to a product before it is written: an activation, the sum with a residual or the product with it, and an activation of that.
#pragma once
#include "operators/operators.h"
#include "weights.h"

#include <set>

namespace gx {

struct OwnFusion {
  kernels::Activation activation = kernels::Activation::none, last = kernels::Activation::none;
  // The sum's or the product's other operand, or null.
  Value *residual = nullptr;
  bool gated = false;
  // Where the operator stands: the other operand must be there.
  Node *place;
  // What it makes needless, from the last to the first, which is the product itself.
  std::vector<Node *> nodes;

  // The operator's result in their place.
  void replace_by(Value *result) const;
};

// Finds them in a graph. Made before anything in the graph is replaced.
class OwnFusions {
 public:
  explicit OwnFusions(const std::shared_ptr<Graph> &graph);

  // For a node whose first operand is what the product reads. `joins`: whether its kernel adds a residual; `gates`: whether it multiplies by one.
  OwnFusion of(Node *product, bool joins = true, bool gates = false) const;

  // Whether what a node reads first is not written to, so that it may be computed later.
  bool is_movable(Node *node) const { return movable_.count(node) != 0; }

 private:
  Node *joint_behind(Node *product, Node *last, bool gates) const;

  std::set<Node *> movable_;
};

// A bias, or whatever our kernels add or multiply in f32, or None, as a value at the graph's insert point.
Value *own_numbers(Graph &graph, const torch::jit::IValue &numbers, const Weights &weights);

}  // namespace gx
