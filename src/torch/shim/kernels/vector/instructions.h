// The vocabulary that the kernels are written in, in the instructions that they are being compiled for.
//
// Everything in this folder is compiled once for each set of instructions, by the file that has the set's name. It is static, because code for one set must
// never be taken by the linker for another's, and stands between GX_KERNELS_BEGIN and GX_KERNELS_END; what is included from elsewhere comes before.
//
// The words, of vectors that have + - * /: Floats and Groups (4 bytes a lane, of whatever they are), lanes; Mask (which lanes: first(n), every); rows and
// panel of a tile; all, load, store, load_shorts, upper, kept_upper, load_bytes, lower_bytes, upper_bytes, load_groups, store_groups, all_groups, either;
// multiply_add, multiply_subtract, subtract_product; least, most, and least_of_all, most_of_all, sum_of_all; is_nearer_to_0, is_not_below, whose results are for select, as a
// Mask is; with_sign_of, rounded, scaled, inverse; to_floats, bits, store_bytes, transpose; MultiplyFloats, MultiplyShorts and, where there are instructions
// for it, MultiplyBytes and MultiplyBf16: how groups of so many numbers (`grouped`) are multiplied and added to Sums.
#pragma once
#ifdef GX_AVX512
#include "avx512.h"
#else
#include "avx2.h"
#endif

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// How numbers of a precision are multiplied. Where there is no instruction for a precision, each of its groups is widened to two.
template <Precision>
struct As;
template <>
struct As<Precision::f32> {
  using Multiply = MultiplyFloats;
};
template <>
struct As<Precision::bf16> {
#ifdef GX_BF16
  using Multiply = MultiplyBf16;
#else
  using Multiply = MultiplyFloats;
#endif
};
template <>
struct As<Precision::int8> {
#ifdef GX_VNNI
  using Multiply = MultiplyBytes;
#else
  using Multiply = MultiplyShorts;
#endif
};
template <Precision precision>
using Multiply = typename As<precision>::Multiply;
template <Precision precision>
constexpr bool widens = Multiply<precision>::grouped != grouped(precision);

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
