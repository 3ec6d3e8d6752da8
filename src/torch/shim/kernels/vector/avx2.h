// Eight numbers at a time (AVX2 and FMA); GX_VNNI says that there are instructions for int8.
#pragma once
#include "../precision.h"

#include <cstdint>
#include <cstring>
#include <immintrin.h>

#ifdef GX_VNNI
#define GX_TARGET "avx2,avxvnni,fma"
#else
#define GX_TARGET "avx2,fma"
#endif
#include "begin.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

using Floats = __m256;
// 4 bytes a lane, of whatever they are.
using Groups = __m256i;

constexpr int64_t lanes = 8;
// Of a tile, whose sums fill 12 of 16 registers.
constexpr int64_t rows = 6, panel = 16;

// Which lanes: the first n. Reading all is another instruction than reading some, and writing some is slow.
struct Mask {
  int64_t n;
  bool is_all() const { return n == lanes; }
  Groups bits() const { return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int32_t>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
};
constexpr Mask every{lanes};
inline Mask first(int64_t n) { return {n >= lanes ? lanes : n}; }

inline Floats all(float x) { return _mm256_set1_ps(x); }

// Lanes that are not read are 0.
inline Floats load(const float *from, Mask which) { return which.is_all() ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, which.bits()); }
inline void store(float *to, Mask which, Floats x) { which.is_all() ? _mm256_storeu_ps(to, x) : _mm256_maskstore_ps(to, which.bits(), x); }

// bf16 is the upper half of an f32.
inline Groups load_shorts(const uint16_t *from, Mask which) {
  __m128i shorts = _mm_setzero_si128();
  if (which.is_all()) {
    shorts = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
  } else {
    std::memcpy(&shorts, from, static_cast<size_t>(which.n) * sizeof(uint16_t));
  }
  return _mm256_cvtepu16_epi32(shorts);
}
inline Groups upper(Groups shorts) { return _mm256_slli_epi32(shorts, 16); }
inline Groups kept_upper(Groups x) { return _mm256_and_si256(x, _mm256_set1_epi32(static_cast<int32_t>(0xffff0000))); }
inline Floats load(const uint16_t *from, Mask which) { return _mm256_castsi256_ps(upper(load_shorts(from, which))); }

// The lanes as 16-bit numbers, side by side; below 0 they are 0, above 65,535 that.
inline __m128i shorts_of(Groups x) {
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(x, x), 0x08));
}

// Rounded to the nearest, ties to even.
inline void store(uint16_t *to, Mask which, Floats x) {
  const Groups bits = _mm256_castps_si256(x);
  const Groups odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const Groups round = _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7fff)), 16);
  const Groups nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const __m128i shorts = shorts_of(_mm256_blendv_epi8(round, _mm256_set1_epi32(0x7fc0), nan));
  if (which.is_all()) {
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to), shorts);
  } else {
    std::memcpy(to, &shorts, static_cast<size_t>(which.n) * sizeof(uint16_t));
  }
}

inline Groups load_groups(const int32_t *from) { return _mm256_loadu_si256(reinterpret_cast<const Groups *>(from)); }
inline Groups load_groups(const int32_t *from, Mask which) { return which.is_all() ? load_groups(from) : _mm256_maskload_epi32(from, which.bits()); }
inline void store_groups(void *to, Groups x) { _mm256_storeu_si256(static_cast<Groups *>(to), x); }
inline Groups all_groups(int32_t x) { return _mm256_set1_epi32(x); }
inline Groups either(Groups a, Groups b) { return _mm256_or_si256(a, b); }

// a · b + c, a · b − c, c − a · b.
inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats multiply_subtract(Floats a, Floats b, Floats c) { return _mm256_fmsub_ps(a, b, c); }
inline Floats subtract_product(Floats a, Floats b, Floats c) { return _mm256_fnmadd_ps(a, b, c); }

// The second where either is NaN.
inline Floats least(Floats a, Floats b) { return _mm256_min_ps(a, b); }
inline Floats most(Floats a, Floats b) { return _mm256_max_ps(a, b); }

template <typename Combine>
float of_all(Floats x, const Combine &combine) {
  x = combine(x, _mm256_permute2f128_ps(x, x, 1));
  x = combine(x, _mm256_permute_ps(x, 0x4e));
  return _mm256_cvtss_f32(combine(x, _mm256_permute_ps(x, 0xb1)));
}
inline float least_of_all(Floats x) { return of_all(x, least); }
inline float most_of_all(Floats x) { return of_all(x, most); }
inline Floats added(Floats a, Floats b) { return a + b; }
inline float sum_of_all(Floats x) { return of_all(x, added); }

// a in these lanes, b in the others.
inline Floats select(Floats which, Floats a, Floats b) { return _mm256_blendv_ps(b, a, which); }
inline Floats select(Mask which, Floats a, Floats b) { return which.is_all() ? a : select(_mm256_castsi256_ps(which.bits()), a, b); }
inline Floats magnitude(Floats x) { return _mm256_andnot_ps(all(-0.f), x); }
inline Floats is_nearer_to_0(Floats x, float than) { return _mm256_cmp_ps(magnitude(x), all(than), _CMP_LT_OQ); }
// Also where it is NaN.
inline Floats is_not_below(Floats x, float than) { return _mm256_cmp_ps(x, all(than), _CMP_NLT_UQ); }
inline Floats with_sign_of(Floats x, Floats of) { return _mm256_or_ps(_mm256_and_ps(of, all(-0.f)), x); }

inline Floats rounded(Floats x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline Floats power_of_2(Groups n) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23)); }
// x · 2ⁿ, n a whole number from −252 to 254: in two steps, as a power may be beyond what an f32 holds.
inline Floats scaled(Floats x, Floats n) {
  const Groups whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
  return x * power_of_2(half) * power_of_2(_mm256_sub_epi32(whole, half));
}

// 1 / x.
inline Floats inverse(Floats x) { return all(1.f) / x; }

inline Floats to_floats(Groups integers) { return _mm256_cvtepi32_ps(integers); }
inline Groups bits(Floats x) { return _mm256_castps_si256(x); }
// Rounded, and what is below 0 is 0, above 255 is 255.
inline void store_bytes(uint8_t *to, Mask which, Floats x) {
  const __m128i shorts = shorts_of(_mm256_min_epi32(_mm256_cvtps_epi32(x), _mm256_set1_epi32(255))), bytes = _mm_packus_epi16(shorts, shorts);
  std::memcpy(to, &bytes, static_cast<size_t>(which.n));
}

// Rows of groups become columns.
inline void transpose(Groups (&r)[lanes]) {
  Groups t[lanes];
  // Pairs of rows, then fours, within each half of a register; then the halves change places.
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = _mm256_unpacklo_epi64(t[i + j], t[i + j + 2]);
      r[i + 2 * j + 1] = _mm256_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
    t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
  }
  for (int i = 0; i < 8; i++) r[i] = t[i];
}

// Signed bytes as 16 bits each: the lower two of each lane, and the upper two.
inline Groups lower_bytes(Groups x) {
  const __m128i places = _mm_setr_epi32(0x01800080, 0x05800480, 0x09800880, 0x0d800c80);
  return _mm256_srai_epi16(_mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(places)), 8);
}
inline Groups upper_bytes(Groups x) {
  const __m128i places = _mm_setr_epi32(0x03800280, 0x07800680, 0x0b800a80, 0x0f800e80);
  return _mm256_srai_epi16(_mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(places)), 8);
}
// Unsigned bytes as 16 bits each, 2 · lanes of them.
inline Groups load_bytes(const uint8_t *from) { return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from))); }

typedef int32_t Integers __attribute__((vector_size(32)));

struct MultiplyFloats {
  using Sums = Floats;
  static constexpr int64_t grouped = 1;
  static Sums add(Sums sum, Groups a, Groups b) { return multiply_add(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), sum); }
};

struct MultiplyShorts {
  using Sums = Integers;
  static constexpr int64_t grouped = 2;
  static Sums add(Sums sum, Groups a, Groups b) { return sum + (Sums)_mm256_madd_epi16(a, b); }
};

#ifdef GX_VNNI
struct MultiplyBytes {
  using Sums = Integers;
  static constexpr int64_t grouped = 4;
  static Sums add(Sums sum, Groups a, Groups b) { return (Sums)_mm256_dpbusd_avx_epi32((__m256i)sum, a, b); }
};
#endif

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
