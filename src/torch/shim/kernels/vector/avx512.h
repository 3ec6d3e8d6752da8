// Sixteen numbers at a time (AVX-512).
#pragma once
#include "../precision.h"

#include <cstdint>
#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own header reads values that it calls undefined.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#if defined(__clang__)
#define GX_KERNELS_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,fma\"))), apply_to=function)")
#define GX_KERNELS_END _Pragma("clang attribute pop")
#else
#define GX_KERNELS_BEGIN \
  _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,fma\")")
#define GX_KERNELS_END _Pragma("GCC pop_options")
#endif

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

using Floats = __m512;
// 4 bytes a lane, of whatever they are.
using Groups = __m512i;
// Which lanes.
using Mask = __mmask16;

constexpr int64_t lanes = 16;
// Of a tile, whose sums fill 24 of 32 registers.
constexpr int64_t rows = 6, panel = 64;

constexpr Mask every = 0xffff;
// The first n lanes.
inline Mask first(int64_t n) { return n >= lanes ? every : static_cast<Mask>((1u << n) - 1); }

inline Floats all(float x) { return _mm512_set1_ps(x); }

// Lanes that are not read are 0.
inline Floats load(const float *from, Mask which) { return _mm512_maskz_loadu_ps(which, from); }
inline void store(float *to, Mask which, Floats x) { _mm512_mask_storeu_ps(to, which, x); }

// bf16 is the upper half of an f32.
inline Groups load_shorts(const uint16_t *from, Mask which) { return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(which, from)); }
inline Groups upper(Groups shorts) { return _mm512_slli_epi32(shorts, 16); }
inline Floats load(const uint16_t *from, Mask which) { return _mm512_castsi512_ps(upper(load_shorts(from, which))); }

// Rounded to the nearest, ties to even; denormals become 0, as they do where bf16 is multiplied.
inline void store(uint16_t *to, Mask which, Floats x) { _mm256_mask_storeu_epi16(to, which, (__m256i)_mm512_cvtneps_pbh(x)); }

inline Groups load_groups(const int32_t *from) { return _mm512_loadu_si512(from); }
inline Groups load_groups(const int32_t *from, Mask which) { return _mm512_maskz_loadu_epi32(which, from); }
inline void store_groups(void *to, Groups x) { _mm512_storeu_si512(to, x); }
inline Groups all_groups(int32_t x) { return _mm512_set1_epi32(x); }
inline Groups either(Groups a, Groups b) { return _mm512_or_si512(a, b); }

// a · b + c, a · b − c, c − a · b.
inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
inline Floats multiply_subtract(Floats a, Floats b, Floats c) { return _mm512_fmsub_ps(a, b, c); }
inline Floats subtract_product(Floats a, Floats b, Floats c) { return _mm512_fnmadd_ps(a, b, c); }

// The second where either is NaN.
inline Floats least(Floats a, Floats b) { return _mm512_min_ps(a, b); }
inline Floats most(Floats a, Floats b) { return _mm512_max_ps(a, b); }

inline float least_of_all(Floats x) { return _mm512_reduce_min_ps(x); }
inline float most_of_all(Floats x) { return _mm512_reduce_max_ps(x); }
inline float sum_of_all(Floats x) { return _mm512_reduce_add_ps(x); }

// a in these lanes, b in the others.
inline Floats select(Mask which, Floats a, Floats b) { return _mm512_mask_mov_ps(b, which, a); }
inline Mask is_nearer_to_0(Floats x, float than) { return _mm512_cmp_ps_mask(_mm512_abs_ps(x), all(than), _CMP_LT_OQ); }
inline Floats with_sign_of(Floats x, Floats of) { return _mm512_or_ps(_mm512_and_ps(of, all(-0.f)), x); }

inline Floats rounded(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// x · 2ⁿ, n a whole number.
inline Floats scaled(Floats x, Floats n) { return _mm512_scalef_ps(x, n); }

// 1 / x for a finite x, within an ulp: the processor's guess of 14 bits, and a step of Newton's.
inline Floats inverse(Floats x) {
  const Floats guess = _mm512_rcp14_ps(x);
  return guess * subtract_product(guess, x, all(2.f));
}

inline Floats to_floats(Groups integers) { return _mm512_cvtepi32_ps(integers); }
// Rounded, and what is below 0 is 0, above 255 is 255.
inline void store_bytes(uint8_t *to, Mask which, Floats x) {
  const Groups code = _mm512_max_epi32(_mm512_cvtps_epi32(x), _mm512_setzero_si512());
  _mm_mask_storeu_epi8(to, which, _mm512_cvtusepi32_epi8(code));
}

// Rows of groups become columns.
inline void transpose(Groups (&r)[lanes]) {
  Groups t[lanes];
  // Pairs of rows, then fours, within each quarter of a register; then the quarters change places.
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
      r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 8; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
  }
}

// How groups of a precision are multiplied: a left one and a right one, part by part; here each is one part.
template <Precision>
struct Multiply;

struct Whole {
  static constexpr int parts = 1;
  template <int>
  static Groups left(Groups x) { return x; }
  template <int>
  static Groups right(Groups x) { return x; }
};

template <>
struct Multiply<Precision::f32> : Whole {
  using Sums = Floats;
  static Sums add(Sums sum, Groups a, Groups b) { return multiply_add(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum); }
};

template <>
struct Multiply<Precision::bf16> : Whole {
  using Sums = Floats;
  static Sums add(Sums sum, Groups a, Groups b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
};

// From 0 to 255 times from -128 to 127, into int32.
template <>
struct Multiply<Precision::int8> : Whole {
  // Not __m512i, which is of 64-bit numbers: sums of that type leave their registers at each step.
  typedef int32_t Sums __attribute__((vector_size(64)));
  static Sums add(Sums sum, Groups a, Groups b) { return (Sums)_mm512_dpbusd_epi32((__m512i)sum, a, b); }
};

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
