// Attention as a graph writes it out: two products, and between them a scale, masks and a softmax.
#pragma once
#include "weights.h"

#include <optional>
#include <vector>

namespace gx {

// softmax(q · keys · scale + masks) · v
struct WrittenOut {
  Value *q, *keys, *v = nullptr;  // keys: (…, width, keys), as a product takes them
  double scale = 1;
  // In the order in which the scores meet them, and of each what scores become where it is true; none: it is added.
  std::vector<Value *> masks;
  std::vector<std::optional<double>> fills;
  // From the first product to the last. Each is read by the next one alone, and what else they read is constant or named above.
  std::vector<Node *> lines;

  Node *last() const { return lines.back(); }
};

bool is_product(const Node *node);

// What ends with this node.
std::optional<WrittenOut> written_out(Node *last);

}  // namespace gx
