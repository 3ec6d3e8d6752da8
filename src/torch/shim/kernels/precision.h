// What the kernels multiply; sums are f32, of int8 int32.
#pragma once
#include <cstdint>

namespace gx::kernels {

enum class Precision { f32, bf16, int8 };

// How many numbers one group of 4 bytes holds.
constexpr int64_t grouped(Precision precision) {
  switch (precision) {
    case Precision::f32: return 1;
    case Precision::bf16: return 2;
    case Precision::int8: return 4;
  }
  return 1;
}

// Whether this processor multiplies int8 in vectors of 32 bytes (AVX-VNNI).
bool has_avx_vnni();

// Whether it multiplies bf16 in tiles (AMX), many times as fast as these kernels: oneDNN knows how.
bool has_tiles();

}  // namespace gx::kernels
