// What the kernels multiply; sums are f32 always.
#pragma once
#include <cstdint>

namespace gx::kernels {

enum class Precision { f32, bf16 };

// How many numbers one group of 4 bytes holds.
constexpr int64_t grouped(Precision precision) { return precision == Precision::f32 ? 1 : 2; }

// Whether this processor has the instructions that the kernels of this precision are made of.
bool available(Precision precision);

// Whether it multiplies bf16 in tiles (AMX), many times as fast as these kernels: oneDNN knows how.
bool has_tiles();

}  // namespace gx::kernels
