// Rows of which each half is turned against the other, by angles of their own for each row ("RoFormer", Su et al. 2021, as GPT-NeoX has it):
// the lower half becomes lower · cos − upper · sin, the upper one upper · cos + lower · sin.
//
// Knows no libtorch. It runs where a set is chosen(); all between is f32.
#pragma once
#include "precision.h"
#include "tasks.h"

#include <array>
#include <cstddef>

namespace gx::kernels {

struct Rotary {
  static constexpr int64_t most_dims = 4;
  using Outer = std::array<int64_t, most_dims>;

  Precision numbers, result;  // of x, and of y: f32 or bf16
  int64_t width;              // of a row, even
  // How many rows there are in each direction, the last one's side by side in y; and how far apart in the others they begin (0: the same one for all).
  Outer sizes, x_strides, cos_strides, sin_strides;
  const void *x;
  const float *cos, *sin;
  void *y;  // one row after the other

  int64_t rows() const { return sizes[0] * sizes[1] * sizes[2] * sizes[3]; }

  // As for Product.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
