// A convolution of each channel by itself: y = activation(Σ taps x · w + bias), channels side by side.
//
// Knows no libtorch: plain memory in, plain memory out. It runs where a set is chosen().
#pragma once
#include "product.h"

namespace gx::kernels {

struct Depthwise {
  Precision numbers;  // of x and y: f32 or bf16
  int64_t pixels;     // of the result, of all pictures
  Window window;
  const void *x;
  const float *weight;  // taps rows of channels
  const float *bias;    // channels, or null
  Activation activation;
  void *y;  // pixels rows of channels

  // As for Product.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
