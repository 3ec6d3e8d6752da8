// The vocabulary that the kernels are written in, in the instructions that they are being compiled for.
//
// Everything in this folder is compiled once for each instruction set, by avx2.cpp and avx512.cpp. It is static, because code for one set must never be
// taken by the linker for another's, and stands between GX_KERNELS_BEGIN and GX_KERNELS_END; what is included from elsewhere comes before.
//
// The words, of vectors that have + - * /: Floats and Groups (4 bytes a lane, of whatever they are), lanes; Mask (which lanes: first(n), every); rows and
// panel of a tile; all, load, store, load_shorts, upper, load_groups, store_groups, all_groups, either; multiply_add, multiply_subtract, subtract_product;
// least, most, and least_of_all, most_of_all, sum_of_all; is_nearer_to_0, whose result is for select, as a Mask is; with_sign_of, rounded, scaled, inverse;
// to_floats, store_bytes, transpose; Multiply, how groups of a precision are multiplied.
#pragma once
#ifdef GX_AVX512
#include "avx512.h"
#else
#include "avx2.h"
#endif
