// y = (x − mean) / √(variance + eps) · weight + bias, each row by its own mean and variance (Ba, Kiros and Hinton 2016); or, not centred,
// y = x / √(mean of x² + eps) · weight + bias (RMS norm, Zhang and Sennrich 2019).
//
// Knows no libtorch. It runs where a set is chosen(); mean, variance and all between are f32.
#pragma once
#include "precision.h"
#include "tasks.h"

#include <cstddef>

namespace gx::kernels {

struct LayerNorm {
  Precision numbers, result;  // of x, and of y: f32 or bf16
  int64_t m, n;
  const void *x;        // m rows of n
  const float *weight;  // n, or null
  const float *bias;    // n, or null
  float eps;
  void *y;  // m rows of n
  bool centred = true;
  const int32_t *which = nullptr;  // as for Product

  // As for Product.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
