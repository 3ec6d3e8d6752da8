// Sixteen numbers at a time (AVX-512). Everything here is static: code for one instruction set must never be taken by the linker
// for another's. Include it last; what follows between GX_KERNELS_BEGIN and GX_KERNELS_END runs on kernels::available() processors only.
#pragma once
#if !defined(__x86_64__)
#error "these kernels are for x86-64"
#endif
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
// Not __m512i, which is of 64-bit numbers: sums of that type leave their registers at each step.
typedef int32_t Ints __attribute__((vector_size(64)));
constexpr int64_t lanes = 16;

// The first n lanes.
inline __mmask16 first(int64_t n) { return n >= lanes ? 0xffff : static_cast<__mmask16>((1u << n) - 1); }

inline Floats all(float x) { return _mm512_set1_ps(x); }

inline Floats load(const float *from, __mmask16 which) { return _mm512_maskz_loadu_ps(which, from); }
inline void store(float *to, __mmask16 which, Floats x) { _mm512_mask_storeu_ps(to, which, x); }

// bf16 is the upper half of an f32.
inline Floats load(const uint16_t *from, __mmask16 which) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(which, from)), 16));
}

// Rounded to the nearest, ties to even; denormals become 0, as they do where bf16 is multiplied.
inline __m256i to_bf16(Floats x) { return (__m256i)_mm512_cvtneps_pbh(x); }
inline void store(uint16_t *to, __mmask16 which, Floats x) { _mm256_mask_storeu_epi16(to, which, to_bf16(x)); }

// e^x. 2^n · e^r with |r| ≤ ln 2 / 2; the series of e^r to r^6, which is within an ulp there.
inline Floats exp(Floats x) {
  // Beyond these it is 0 or infinity. NaN stays, as these instructions give the second operand for it.
  x = _mm512_min_ps(all(89.f), _mm512_max_ps(all(-105.f), x));
  const Floats n = _mm512_roundscale_ps(_mm512_mul_ps(x, all(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts, so that r loses nothing.
  Floats r = _mm512_fnmadd_ps(n, all(0.693359375f), x);
  r = _mm512_fnmadd_ps(n, all(-2.12194440e-4f), r);
  Floats sum = all(1.f / 720);
  for (const float next : {1.f / 120, 1.f / 24, 1.f / 6, 1.f / 2, 1.f, 1.f}) sum = _mm512_fmadd_ps(sum, r, all(next));
  return _mm512_scalef_ps(sum, n);
}

// 1 / x for a finite x, within an ulp: the processor's guess of 14 bits, and a step of Newton's.
inline Floats inverse(Floats x) {
  const Floats guess = _mm512_rcp14_ps(x);
  return _mm512_mul_ps(guess, _mm512_fnmadd_ps(guess, x, all(2.f)));
}

// The error function, within 4e-7. x · P(x²) / Q(x²), fitted on [0, 3.95], beyond which it is 1.
inline Floats erf(Floats x) {
  const Floats z = _mm512_max_ps(_mm512_min_ps(x, all(3.95f)), all(-3.95f)), t = _mm512_mul_ps(z, z);
  Floats p = all(2.0117643e-6f), q = all(3.7839873e-5f);
  for (const float next : {2.8759928e-4f, 3.9172312e-3f, 5.3206787e-2f, 0.19403358f, 1.1283790f}) p = _mm512_fmadd_ps(p, t, all(next));
  for (const float next : {1.1981812e-3f, 1.5270526e-2f, 0.11558989f, 0.50528926f, 1.f}) q = _mm512_fmadd_ps(q, t, all(next));
  const __mmask16 beyond = _mm512_cmp_ps_mask(_mm512_abs_ps(x), all(3.95f), _CMP_GE_OQ);
  const Floats sign = _mm512_and_ps(x, all(-0.f));
  return _mm512_mask_or_ps(_mm512_mul_ps(_mm512_mul_ps(z, p), inverse(q)), beyond, sign, all(1.f));
}

// 1 / (1 + e^-x).
inline Floats sigmoid(Floats x) { return _mm512_div_ps(all(1.f), _mm512_add_ps(all(1.f), exp(_mm512_sub_ps(_mm512_setzero_ps(), x)))); }

// 2 · sigmoid(2x) − 1 loses the last bits near 0, where x − x³/3 has them.
inline Floats tanh(Floats x) {
  const Floats far = _mm512_fmsub_ps(all(2.f), sigmoid(_mm512_add_ps(x, x)), all(1.f));
  const Floats t = _mm512_mul_ps(x, x);
  Floats series = all(-17.f / 315);
  for (const float next : {2.f / 15, -1.f / 3, 1.f}) series = _mm512_fmadd_ps(series, t, all(next));
  const __mmask16 near = _mm512_cmp_ps_mask(_mm512_abs_ps(x), all(0.1f), _CMP_LT_OQ);
  return _mm512_mask_mul_ps(far, near, x, series);
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
