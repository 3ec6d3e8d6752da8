// y = last(activation(x · wᵀ + bias) + residual), or, gated, · residual, on a weight packed once: the linear layer and the convolution of every model.
//
// Knows no libtorch: plain memory in, plain memory out. It runs where a set is chosen().
#pragma once
#include "precision.h"
#include "tasks.h"
#include "window.h"

#include <cstddef>

namespace gx::kernels {

enum class Activation { none, relu, gelu, gelu_tanh, tanh, sigmoid, silu, quick_gelu, relu6, hardsigmoid, hardswish };

struct Product {
  Precision precision;  // of the weight
  Precision numbers;    // of x, residual and y: the weight's, or, where that is int8, f32 or bf16
  int64_t m, n, k;
  const void *x;         // m rows of k, or pictures
  const int32_t *weight; // packed, see packing.h
  void *y;               // m rows of n
  const float *bias = nullptr;    // n, or null
  const void *residual = nullptr; // m rows of n, or null
  Activation activation = Activation::none, last = Activation::none;
  bool gated = false; // the residual is a factor, as in gated linear units
  // Null: x is rows. Otherwise a row is what a pixel of the result is made of, of pictures in f32 or bf16: its taps, each with all channels (k = taps · channels,
  // channels a multiple of grouped(precision) and side by side); or, where scattered() is true, its channels, each with all taps, and zeros up to k.
  const Window *window = nullptr;
  // Null: all rows. Otherwise those m of the rows of x, residual and y that are computed; the others are neither read nor written. Without a window only.
  const int32_t *which = nullptr;

  int64_t place(int64_t row) const { return which ? which[row] : row; }

  // Whether so few channels are read one by one: the tap by tap way is for whole cache lines.
  static bool scattered(int64_t channels, Precision precision) { return channels < 16 || channels % grouped(precision) != 0; }

  // The work is cut into so many tasks; any may run beside any other. A thread works in a room of its own, of so many bytes.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
