// The one thing that everything spends its time in: some rows times a panel of columns, all sums in registers.
//
// Numbers come in groups of 4 bytes, one f32, two bf16 or four int8: what an instruction multiplies and adds for one lane. Static, as simd.h says why.
#pragma once
#include "packing.h"
#include "precision.h"
#include "simd.h"

#include <type_traits>

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Rows of a tile: with a panel's 64 columns 24 sums of the 32 registers.
constexpr int64_t rows = 6;

inline Floats multiply_add(std::integral_constant<Precision, Precision::f32>, Floats sum, __m512i a, __m512i b) {
  return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
}

inline Floats multiply_add(std::integral_constant<Precision, Precision::bf16>, Floats sum, __m512i a, __m512i b) {
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

// From 0 to 255 times from -128 to 127, into int32.
inline Ints multiply_add(std::integral_constant<Precision, Precision::int8>, Ints sum, __m512i a, __m512i b) {
  return (Ints)_mm512_dpbusd_epi32((__m512i)sum, a, b);
}

template <Precision>
struct Sums {
  using Lanes = Floats;
};
template <>
struct Sums<Precision::int8> {
  using Lanes = Ints;
};

// Rows of groups, each in one or more stretches: stretch s of row i begins at at[s * step + i] and has so many groups.
struct Stretches {
  const int32_t *const *at;
  int64_t count, step, groups;
};

// x: M rows. columns: for each group of a row W · 16 groups, column_stride apart. sums: M rows.
template <Precision precision, int M, int W>
void tile(Stretches x, const int32_t *columns, int64_t column_stride, float *sums, int64_t sums_stride) {
  constexpr std::integral_constant<Precision, precision> kind{};
  typename Sums<precision>::Lanes sum[M][W] = {};
  for (int64_t stretch = 0; stretch < x.count; stretch++) {
    const int32_t *row[M];
    for (int i = 0; i < M; i++) row[i] = x.at[stretch * x.step + i];
    for (int64_t group = 0; group < x.groups; group++) {
      __m512i b[W];
      for (int j = 0; j < W; j++) b[j] = _mm512_loadu_si512(columns + j * lanes);
      columns += column_stride;
#pragma GCC unroll 6
      for (int i = 0; i < M; i++) {
        const __m512i a = _mm512_set1_epi32(row[i][group]);
#pragma GCC unroll 4
        for (int j = 0; j < W; j++) sum[i][j] = multiply_add(kind, sum[i][j], a, b[j]);
      }
    }
  }
  for (int i = 0; i < M; i++) {
    for (int j = 0; j < W; j++) _mm512_storeu_si512(sums + i * sums_stride + j * lanes, (__m512i)sum[i][j]);
  }
}

using Tile = void (*)(Stretches, const int32_t *, int64_t, float *, int64_t);

// For m rows and w · 16 columns.
template <Precision precision>
Tile tile_of(int64_t m, int64_t w) {
#define GX_ROW(M) {tile<precision, M, 1>, tile<precision, M, 2>, tile<precision, M, 3>, tile<precision, M, 4>}
  static constexpr Tile tiles[rows][4] = {GX_ROW(1), GX_ROW(2), GX_ROW(3), GX_ROW(4), GX_ROW(5), GX_ROW(6)};
#undef GX_ROW
  return tiles[m - 1][w - 1];
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
