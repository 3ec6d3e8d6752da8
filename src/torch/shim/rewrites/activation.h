// Activations that oneDNN can do while a product's result is still in registers, under oneDNN's own names.
#pragma once
#include "weights.h"

namespace gx {

using Scalars = c10::List<std::optional<at::Scalar>>;

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

}  // namespace gx
