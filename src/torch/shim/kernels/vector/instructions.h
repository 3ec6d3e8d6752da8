// The vocabulary that the kernels are written in, in the instructions that they are being compiled for.
//
// Everything in this folder is compiled once for each instruction set, by avx2.cpp and avx512.cpp. It is static, because code for one set must never be
// taken by the linker for another's, and stands between GX_KERNELS_BEGIN and GX_KERNELS_END; what is included from elsewhere comes before.
#pragma once
#ifdef GX_AVX512
#include "avx512.h"
#else
#include "avx2.h"
#endif
