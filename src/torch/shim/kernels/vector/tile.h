// The one thing that everything spends its time in: some rows times a panel of columns, all sums in registers.
//
// Numbers come in groups of 4 bytes, one f32, two of 16 bits or four of 8: what an instruction multiplies and adds for one lane.
#pragma once
#include <array>
#include <utility>

#include "../packing.h"
#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Rows of groups, each in one or more stretches: stretch s of row i begins at at[s * step + i] and has so many groups.
struct Stretches {
  const int32_t *const *at;
  int64_t count, step, groups;
};

// Memory that is read next. It is fetched while a tile computes, `step` bytes further with each group, so that several tiles share the fetching.
struct Ahead {
  const char *at;
  int64_t step;

  // Where all is near already.
  static Ahead none(const int32_t *near) { return {reinterpret_cast<const char *>(near), 0}; }
};

// Columns of a panel: for each group of a row W · lanes groups, `stride` apart.
struct Columns {
  const int32_t *at;
  int64_t stride;
  int32_t *widened = nullptr;  // where Widening (widen.h) leaves what it has read
};

// How a tile reads columns: as they lie in memory, a group for each step.
struct Plainly {
  static constexpr int parts = 1;
  template <int>
  static Groups read(const Columns &columns, int64_t column) {
    return load_groups(columns.at + column);
  }
};

template <typename Multiply, typename Reading, int part, int M, int W>
__attribute__((always_inline)) inline void step(typename Multiply::Sums (&sum)[M][W], const int32_t *const (&row)[M], int64_t group, const Columns &columns, Ahead &ahead) {
  __builtin_prefetch(ahead.at, 0, 2);
  ahead.at += ahead.step;
  Groups b[W];
  for (int j = 0; j < W; j++) b[j] = Reading::template read<part>(columns, j * lanes);
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
    const Groups a = all_groups(row[i][group + part]);
#pragma GCC unroll 4
    for (int j = 0; j < W; j++) sum[i][j] = Multiply::add(sum[i][j], a, b[j]);
  }
}

// x: M rows. sums: M rows. By reference: a copy is read wider than it was written, and so waits for all that was written before it.
template <typename Multiply, typename Reading, int M, int W>
void tile(const Stretches &x, const Columns &from, float *sums, int64_t sums_stride, Ahead ahead) {
  Columns columns = from;
  typename Multiply::Sums sum[M][W];
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < W; j++) sum[i][j] = typename Multiply::Sums{};
  }
  for (int64_t stretch = 0; stretch < x.count; stretch++) {
    const int32_t *row[M];
    for (int i = 0; i < M; i++) row[i] = x.at[stretch * x.step + i];
    for (int64_t group = 0; group < x.groups; group += Reading::parts) {
      step<Multiply, Reading, 0>(sum, row, group, columns, ahead);
      if constexpr (Reading::parts == 2) {
        step<Multiply, Reading, 1>(sum, row, group, columns, ahead);
        columns.widened += 2 * columns.stride;
      }
      columns.at += columns.stride;
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < W; j++) store_groups(sums + i * sums_stride + j * lanes, (Groups)sum[i][j]);
  }
}

using Tile = void (*)(const Stretches &, const Columns &, float *, int64_t, Ahead);

template <typename Multiply, typename Reading, int W, int... M>
constexpr std::array<Tile, sizeof...(M)> tiles_of(std::integer_sequence<int, M...>) {
  return {tile<Multiply, Reading, M + 1, W>...};
}

template <typename Multiply, typename Reading, int... W>
constexpr std::array<std::array<Tile, rows>, sizeof...(W)> all_tiles(std::integer_sequence<int, W...>) {
  return {tiles_of<Multiply, Reading, W + 1>(std::make_integer_sequence<int, rows>())...};
}

// For m rows and w · lanes columns.
template <typename Multiply, typename Reading = Plainly>
Tile tile_of(int64_t m, int64_t w) {
  static constexpr auto tiles = all_tiles<Multiply, Reading>(std::make_integer_sequence<int, panel / lanes>());
  return tiles[static_cast<size_t>(w - 1)][static_cast<size_t>(m - 1)];
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
