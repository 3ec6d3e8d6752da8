#include "packing.h"

#include "sets.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gx::kernels {

bool packable(int64_t k, Precision precision) { return precision == Precision::int8 ? k <= 65536 : k % grouped(precision) == 0; }

int64_t packed_groups(int64_t n, int64_t k, Precision precision) {
  // In int8 a scale and a total of each column stand behind them.
  return divided(n, 16) * 16 * (divided(k, grouped(precision)) + (precision == Precision::int8 ? 2 : 0));
}

namespace {

// Rows of f32 as codes, four to a group, and then each row's scale and total.
void pack_codes(const float *weight, int64_t n, int64_t k, int64_t panel, int32_t *packed) {
  const int64_t groups = divided(k, 4), padded = divided(n, 16) * 16;
  auto *scales = reinterpret_cast<float *>(packed + padded * groups), *totals = scales + padded;
  std::vector<int32_t> codes(groups);
  for (int64_t row = 0; row < padded; row++) {
    const float *from = weight + row * k;
    float most = 0, total = 0;
    for (int64_t i = 0; row < n && i < k; i++) most = std::max(most, std::fabs(from[i]));
    std::fill(codes.begin(), codes.end(), 0);
    auto *code = reinterpret_cast<int8_t *>(codes.data());
    for (int64_t i = 0; most > 0 && i < k; i++) {
      code[i] = static_cast<int8_t>(std::lrint(from[i] / most * 127));
      total += code[i];
    }
    scales[row] = most / 127, totals[row] = total;
    const int64_t column = row / panel * panel, wide = panel_width(panel, n, column);
    for (int64_t group = 0; group < groups; group++) packed[column * groups + group * wide + row - column] = codes[group];
  }
}

}  // namespace

void pack(const void *weight, int64_t n, int64_t k, Precision precision, int32_t *packed) {
  const int64_t panel = chosen()->panel;
  if (precision == Precision::int8) return pack_codes(static_cast<const float *>(weight), n, k, panel, packed);
  const int64_t groups = k / grouped(precision);
  const auto *from = static_cast<const int32_t *>(weight);
  for (int64_t at = 0; at < n; at += panel) {
    const int64_t wide = panel_width(panel, n, at);
    for (int64_t group = 0; group < groups; group++) {
      for (int64_t row = 0; row < wide; row++) *packed++ = at + row < n ? from[(at + row) * groups + group] : 0;
    }
  }
}

}  // namespace gx::kernels
