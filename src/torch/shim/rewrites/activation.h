// Activations that can be done while a product's result is still in registers.
#pragma once
#include "weights.h"

namespace gx {

using Scalars = c10::List<std::optional<at::Scalar>>;

// Under oneDNN's own names.
struct Activation {
  Node *node;
  std::string name;
  Scalars scalars;
  // Only gelu has a choice.
  std::string algorithm;
};

// None: `node` itself is the last.
Activation no_activation(Node *node);

// The activation that alone reads the node's result; if there is none, no_activation.
Activation fused_activation(Node *node);

// x · sigmoid(1.702 x), CLIP's, which oneDNN has not: the nodes that make it of the node's result, from the last to the first; none
// if that is not what is made of it.
std::vector<Node *> quick_gelu(Node *node);

}  // namespace gx
