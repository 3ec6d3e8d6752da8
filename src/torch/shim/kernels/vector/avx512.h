// Sixteen numbers at a time (AVX-512); GX_VNNI and GX_BF16 say that there are instructions for int8 and for bf16.
#pragma once
#include "../precision.h"

#include <cstdint>
#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own header reads values that it calls undefined.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#if defined(GX_BF16)
#define GX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,fma"
#elif defined(GX_VNNI)
#define GX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"
#else
#define GX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,fma"
#endif
#include "begin.h"

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
inline Groups kept_upper(Groups x) { return _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int32_t>(0xffff0000))); }
inline Floats load(const uint16_t *from, Mask which) { return _mm512_castsi512_ps(upper(load_shorts(from, which))); }

// Rounded to the nearest, ties to even.
inline __m256i to_shorts(Floats x) {
#ifdef GX_BF16
  // Denormals become 0, as they do where bf16 is multiplied.
  return (__m256i)_mm512_cvtneps_pbh(x);
#else
  const Groups bits = _mm512_castps_si512(x), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const Groups round = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff)), 16);
  return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(round, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fc0)));
#endif
}
inline void store(uint16_t *to, Mask which, Floats x) { _mm256_mask_storeu_epi16(to, which, to_shorts(x)); }

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
// Also where it is NaN.
inline Mask is_not_below(Floats x, float than) { return _mm512_cmp_ps_mask(x, all(than), _CMP_NLT_UQ); }
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
inline Groups bits(Floats x) { return _mm512_castps_si512(x); }
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

// Signed bytes as 16 bits each: the lower two of each lane, and the upper two.
inline Groups lower_bytes(Groups x) {
  return _mm512_srai_epi16(_mm512_shuffle_epi8(x, _mm512_set4_epi32(0x0d800c80, 0x09800880, 0x05800480, 0x01800080)), 8);
}
inline Groups upper_bytes(Groups x) {
  return _mm512_srai_epi16(_mm512_shuffle_epi8(x, _mm512_set4_epi32(0x0f800e80, 0x0b800a80, 0x07800680, 0x03800280)), 8);
}
// Unsigned bytes as 16 bits each, 2 · lanes of them.
inline Groups load_bytes(const uint8_t *from) { return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(from))); }

// Sums of whole numbers. Not __m512i, which is of 64-bit numbers: sums of that type leave their registers at each step.
typedef int32_t Integers __attribute__((vector_size(64)));

struct MultiplyFloats {
  using Sums = Floats;
  static constexpr int64_t grouped = 1;
  static Sums add(Sums sum, Groups a, Groups b) { return multiply_add(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum); }
};

struct MultiplyShorts {
  using Sums = Integers;
  static constexpr int64_t grouped = 2;
  static Sums add(Sums sum, Groups a, Groups b) { return sum + (Sums)_mm512_madd_epi16(a, b); }
};

#ifdef GX_VNNI
struct MultiplyBytes {
  using Sums = Integers;
  static constexpr int64_t grouped = 4;
  static Sums add(Sums sum, Groups a, Groups b) { return (Sums)_mm512_dpbusd_epi32((__m512i)sum, a, b); }
};
#endif

#ifdef GX_BF16
struct MultiplyBf16 {
  using Sums = Floats;
  static constexpr int64_t grouped = 2;
  static Sums add(Sums sum, Groups a, Groups b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
};
#endif

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
