// Numbers for which there is no instruction, or one that is no faster: each group of theirs becomes two, bf16 as f32 and bytes as 16 bits.
#pragma once
#include <cstdint>

#include "instructions.h"
#include "tile.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

inline void widen(const uint16_t *from, int64_t n, float *to) {
  for (int64_t i = 0; i < n; i += lanes) store(to + i, first(n - i), load(from + i, first(n - i)));
}

inline void widen(const uint8_t *from, int64_t n, uint16_t *to) {
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) store_groups(to + i, load_bytes(from + i));
  for (; i < n; i++) to[i] = from[i];
}

// Groups of a row, those of int8 unsigned.
template <Precision precision>
void widen_row(const int32_t *from, int64_t groups, int32_t *to) {
  if constexpr (precision == Precision::bf16) {
    widen(reinterpret_cast<const uint16_t *>(from), 2 * groups, reinterpret_cast<float *>(to));
  } else {
    widen(reinterpret_cast<const uint8_t *>(from), 4 * groups, reinterpret_cast<uint16_t *>(to));
  }
}

// How a tile reads columns, those of int8 signed, that the tiles after it will find widened.
template <Precision precision>
struct Widening {
  static constexpr int parts = 2;
  template <int part>
  static Groups read(const Columns &columns, int64_t column) {
    const Groups x = load_groups(columns.at + column), bf16 = part == 0 ? upper(x) : kept_upper(x), bytes = part == 0 ? lower_bytes(x) : upper_bytes(x);
    const Groups wide = precision == Precision::bf16 ? bf16 : bytes;
    store_groups(columns.widened + part * columns.stride + column, wide);
    return wide;
  }
};

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
