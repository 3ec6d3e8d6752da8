// Weights as the kernels read them: in panels of columns, group by group.
#pragma once
#include "precision.h"

namespace gx::kernels {

// How many 4-byte groups a weight of n rows and k columns takes. Whether it can be packed: k is a multiple of grouped(precision),
// or it is int8, where k is at most 65,536, so that no sum overflows.
int64_t packed_groups(int64_t n, int64_t k, Precision precision);
bool packable(int64_t k, Precision precision);

// weight: n rows of k values, each row contiguous; for int8 in f32. packed: packed_groups of them, for the set of
// kernels that is chosen.
void pack(const void *weight, int64_t n, int64_t k, Precision precision, int32_t *packed);

constexpr int64_t divided(int64_t a, int64_t b) { return (a + b - 1) / b; }
// A panel has as many columns as a tile, which differs between instruction sets; the last one may be narrower: how wide the one is that begins at row `at`
// of the weight.
constexpr int64_t panel_width(int64_t panel, int64_t n, int64_t at) { return n - at >= panel ? panel : divided(n - at, 16) * 16; }

}  // namespace gx::kernels
