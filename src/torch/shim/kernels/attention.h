// softmax(q · kᵀ · scale + mask) · v for each head ("Attention Is All You Need", https://arxiv.org/abs/1706.03762), without a copy
// of q, k and v in another order first: heads may stand side by side, as a linear layer gives them.
//
// Knows no libtorch; runs where a set is chosen().
#pragma once
#include "precision.h"
#include "tasks.h"

#include <cstddef>

namespace gx::kernels {

// Of a batch's rows, heads and tokens, in numbers; what follows within a token is contiguous.
struct Strides {
  int64_t batch, head, token;
};

struct Attention {
  Precision precision;
  int64_t batch, heads, queries, keys;
  // Of q and k, and of v; q's is a multiple of grouped(precision).
  int64_t width, value_width;
  const void *q, *k, *v;
  Strides q_strides, k_strides, v_strides;
  float scale;
  // What a query gives that may see no key: 0, or not a number.
  float unseeing;
  // (batch, heads, queries, keys), by its strides: added to the scores, or true where a key may be seen. Both null: all may.
  const float *bias;
  const bool *seen;
  int64_t mask_batch, mask_head, mask_query, mask_key;
  // (batch, queries, heads, value_width), contiguous.
  void *y;
  // Null, or for each of the batch how many of its queries and keys, the first ones, there are: the others are neither read nor written.
  const int64_t *lengths = nullptr;

  // As for Product.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
