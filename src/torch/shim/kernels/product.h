// y = activation(x · wᵀ + bias) + residual, on a weight packed once: the linear layer of every model.
//
// Knows no libtorch: plain memory in, plain memory out. It runs where available() says so.
#pragma once
#include "precision.h"
#include "tasks.h"

#include <cstddef>

namespace gx::kernels {

enum class Activation { none, relu, gelu, gelu_tanh, tanh, sigmoid, silu, quick_gelu };

// How many 4-byte groups a weight of n rows and k columns takes. Whether it can be packed: k is a multiple of grouped(precision),
// or it is int8, where k is at most 65,536, so that no sum overflows.
int64_t packed_groups(int64_t n, int64_t k, Precision precision);
bool packable(int64_t k, Precision precision);

// weight: n rows of k values, each row contiguous; for int8 in f32.
void pack(const void *weight, int64_t n, int64_t k, Precision precision, int32_t *packed);

struct Product {
  Precision precision;  // of the weight
  Precision numbers;    // of x, residual and y: the weight's, or, where that is int8, f32 or bf16
  Activation activation;
  int64_t m, n, k;
  const void *x;         // m rows of k
  const int32_t *weight; // packed
  const float *bias;     // n, or null
  const void *residual;  // m rows of n, or null
  void *y;               // m rows of n

  // The work is cut into so many tasks; any may run beside any other. A thread works in a room of its own, of so many bytes.
  int64_t tasks() const;
  size_t room() const;
  void run(Tasks &tasks, void *room) const;
};

}  // namespace gx::kernels
