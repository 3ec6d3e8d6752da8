// The one thing that everything spends its time in: some rows times a panel of columns, all sums in registers.
//
// Numbers come in groups of 4 bytes, one f32, two bf16 or four int8: what an instruction multiplies and adds for one lane.
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

// One part of a stretch's groups, added to the sums.
template <Precision precision, int part, int M, int W>
inline void add(typename Multiply<precision>::Sums (&sum)[M][W], const int32_t *const (&row)[M], int64_t groups, const int32_t *columns, int64_t column_stride,
                Ahead &ahead) {
  using Of = Multiply<precision>;
  for (int64_t group = 0; group < groups; group++, columns += column_stride) {
    if constexpr (part == 0) {
      __builtin_prefetch(ahead.at, 0, 2);
      ahead.at += ahead.step;
    }
    Groups b[W];
    for (int j = 0; j < W; j++) b[j] = Of::template right<part>(load_groups(columns + j * lanes));
#pragma GCC unroll 6
    for (int i = 0; i < M; i++) {
      const Groups a = Of::template left<part>(all_groups(row[i][group]));
#pragma GCC unroll 4
      for (int j = 0; j < W; j++) sum[i][j] = Of::add(sum[i][j], a, b[j]);
    }
  }
}

// x: M rows. columns: for each group of a row W · lanes groups, column_stride apart. sums: M rows.
template <Precision precision, int M, int W>
void tile(Stretches x, const int32_t *columns, int64_t column_stride, float *sums, int64_t sums_stride, Ahead ahead) {
  using Of = Multiply<precision>;
  typename Of::Sums sum[M][W];
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < W; j++) sum[i][j] = typename Of::Sums{};
  }
  for (int64_t stretch = 0; stretch < x.count; stretch++, columns += x.groups * column_stride) {
    const int32_t *row[M];
    for (int i = 0; i < M; i++) row[i] = x.at[stretch * x.step + i];
    // All groups for each part: with all parts of a group at once the sums would have too few registers.
    add<precision, 0>(sum, row, x.groups, columns, column_stride, ahead);
    if constexpr (Of::parts == 2) add<precision, 1>(sum, row, x.groups, columns, column_stride, ahead);
  }
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < W; j++) store_groups(sums + i * sums_stride + j * lanes, (Groups)sum[i][j]);
  }
}

using Tile = void (*)(Stretches, const int32_t *, int64_t, float *, int64_t, Ahead);

template <Precision precision, int W, int... M>
constexpr std::array<Tile, sizeof...(M)> tiles_of(std::integer_sequence<int, M...>) {
  return {tile<precision, M + 1, W>...};
}

template <Precision precision, int... W>
constexpr std::array<std::array<Tile, rows>, sizeof...(W)> all_tiles(std::integer_sequence<int, W...>) {
  return {tiles_of<precision, W + 1>(std::make_integer_sequence<int, rows>())...};
}

// For m rows and w · lanes columns.
template <Precision precision>
Tile tile_of(int64_t m, int64_t w) {
  static constexpr auto tiles = all_tiles<precision>(std::make_integer_sequence<int, panel / lanes>());
  return tiles[static_cast<size_t>(w - 1)][static_cast<size_t>(m - 1)];
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
