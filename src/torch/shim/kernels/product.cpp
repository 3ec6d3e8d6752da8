#include "product.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cmath>
#include <vector>

#include "quantize.h"
#include "tile.h"

namespace gx::kernels {

namespace {

// Rows of x that a thread takes through all panels before the next ones: they stay in its cache.
constexpr int64_t chunk = 96;

// How wide the panel that begins at row `at` is: the last one may be narrower.
int64_t width(int64_t n, int64_t at) { return std::min(panel, divided(n - at, 16) * 16); }

}  // namespace

bool packable(int64_t k, Precision precision) { return precision == Precision::int8 ? k <= 65536 : k % grouped(precision) == 0; }

int64_t packed_groups(int64_t n, int64_t k, Precision precision) {
  // In int8 a scale and a total of each column stand behind them.
  return divided(n, 16) * 16 * (divided(k, grouped(precision)) + (precision == Precision::int8 ? 2 : 0));
}

namespace {

// Rows of f32 as codes, four to a group, and then each row's scale and total.
void pack_codes(const float *weight, int64_t n, int64_t k, int32_t *packed) {
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
    const int64_t column = row / panel * panel, wide = width(n, column);
    for (int64_t group = 0; group < groups; group++) packed[column * groups + group * wide + row - column] = codes[group];
  }
}

}  // namespace

void pack(const void *weight, int64_t n, int64_t k, Precision precision, int32_t *packed) {
  if (precision == Precision::int8) return pack_codes(static_cast<const float *>(weight), n, k, packed);
  const int64_t groups = k / grouped(precision);
  const auto *from = static_cast<const int32_t *>(weight);
  for (int64_t at = 0; at < n; at += panel) {
    const int64_t wide = width(n, at);
    for (int64_t group = 0; group < groups; group++) {
      for (int64_t row = 0; row < wide; row++) *packed++ = at + row < n ? from[(at + row) * groups + group] : 0;
    }
  }
}

int64_t Product::tasks() const { return divided(m, chunk) * divided(n, panel); }

size_t Product::room() const { return precision == Precision::int8 ? chunk * (divided(k, 4) * 4 + sizeof(Range)) : 0; }

}  // namespace gx::kernels

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

inline Floats activated(Floats x, Activation activation) {
  const Floats half = _mm512_mul_ps(x, all(0.5f));
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return _mm512_max_ps(_mm512_setzero_ps(), x);
    case Activation::gelu: return _mm512_fmadd_ps(half, erf(_mm512_mul_ps(x, all(0.70710678f))), half);
    case Activation::gelu_tanh: {
      const Floats cubic = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_mul_ps(x, x), all(0.044715f)), x, x);
      return _mm512_fmadd_ps(half, tanh(_mm512_mul_ps(cubic, all(0.79788456f))), half);
    }
    case Activation::tanh: return tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::silu: return _mm512_mul_ps(x, sigmoid(x));
    case Activation::quick_gelu: return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(x, all(1.702f))));
  }
  return x;
}

// What is done to a row of sums on the way into y.
template <typename Number>
void finish(const Product &p, const float *sums, int64_t row, int64_t column, int64_t wide) {
  const int64_t at = row * p.n + column;
  auto *y = static_cast<Number *>(p.y) + at;
  const auto *residual = static_cast<const Number *>(p.residual);
  for (int64_t j = 0; j < wide; j += lanes) {
    const __mmask16 which = first(wide - j);
    Floats sum = load(sums + j, which);
    if (p.bias) sum = _mm512_add_ps(sum, load(p.bias + column + j, which));
    sum = activated(sum, p.activation);
    if (residual) sum = _mm512_add_ps(sum, load(residual + at + j, which));
    store(y + j, which, sum);
  }
}

// Where a tile's result goes is brought into the cache while the tile is computed.
template <typename Number>
void fetch(const Product &p, int64_t row, int64_t high, int64_t column, int64_t wide) {
  constexpr int64_t line = 64;
  for (int64_t i = row; i < row + high; i++) {
    const char *y = reinterpret_cast<const char *>(static_cast<const Number *>(p.y) + i * p.n + column);
    for (int64_t at = 0; at < wide * static_cast<int64_t>(sizeof(Number)); at += line) __builtin_prefetch(y + at, 1);
  }
}

// The rows of x that a thread is at, in groups.
template <Precision precision, typename Number>
class Rows {
 public:
  Rows(const Product &p, void *room) : p_(p), groups_(divided(p.k, grouped(precision))) {
    ranges_ = static_cast<Range *>(room);
    codes_ = reinterpret_cast<uint8_t *>(ranges_ + chunk);
  }

  void take(int64_t top, int64_t bottom) {
    if (precision != Precision::int8 || top == top_) return;
    const auto *x = static_cast<const Number *>(p_.x);
    for (int64_t i = 0; i < bottom - top; i++) ranges_[i] = quantize(x + (top + i) * p_.k, p_.k, groups_ * 4, codes_ + i * groups_ * 4);
    top_ = top;
  }

  const int32_t *at(int64_t row) const {
    if (precision == Precision::int8) return reinterpret_cast<const int32_t *>(codes_) + (row - top_) * groups_;
    return static_cast<const int32_t *>(p_.x) + row * groups_;
  }

  // What a tile has made of a row, as numbers.
  void decode(float *sums, int64_t row, int64_t column, int64_t wide) const {
    if (precision != Precision::int8) return;
    const int64_t padded = divided(p_.n, 16) * 16;
    const auto *scales = reinterpret_cast<const float *>(p_.weight + padded * groups_) + column;
    dequantize(sums, ranges_[row - top_], scales, scales + padded, wide);
  }

 private:
  const Product &p_;
  int64_t groups_, top_ = -1;
  Range *ranges_;
  uint8_t *codes_;
};

template <Precision precision, typename Number>
void run(const Product &p, Tasks &tasks, void *room) {
  alignas(64) float sums[rows][panel];
  const int64_t groups = divided(p.k, grouped(precision)), panels = divided(p.n, panel);
  Rows<precision, Number> x(p, room);
  for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
    const int64_t column = task % panels * panel, top = task / panels * chunk, bottom = std::min(p.m, top + chunk);
    const int64_t wide = width(p.n, column);
    const int32_t *weight = p.weight + column * groups;
    x.take(top, bottom);
    // As many tiles as are needed, of about equal height: 16 rows are 6, 5 and 5.
    for (int64_t tiles = divided(bottom - top, rows), row = top; tiles > 0; tiles--) {
      const int64_t high = divided(bottom - row, tiles);
      fetch<Number>(p, row, high, column, wide);
      tile_of<precision>(high, wide / lanes)(x.at(row), groups, weight, wide, groups, sums[0], panel);
      for (int64_t i = 0; i < high; i++) {
        x.decode(sums[i], row + i, column, wide);
        finish<Number>(p, sums[i], row + i, column, std::min(wide, p.n - column));
      }
      row += high;
    }
  }
}

}  // namespace

void Product::run(Tasks &tasks, void *room) const {
  switch (precision) {
    case Precision::f32: return kernels::run<Precision::f32, float>(*this, tasks, room);
    case Precision::bf16: return kernels::run<Precision::bf16, uint16_t>(*this, tasks, room);
    case Precision::int8:
      return numbers == Precision::f32 ? kernels::run<Precision::int8, float>(*this, tasks, room)
                                       : kernels::run<Precision::int8, uint16_t>(*this, tasks, room);
  }
}

}  // namespace gx::kernels

GX_KERNELS_END

#else

// Nowhere else are they available().
namespace gx::kernels {

int64_t packed_groups(int64_t, int64_t, Precision) { return 0; }
bool packable(int64_t, Precision) { return false; }
void pack(const void *, int64_t, int64_t, Precision, int32_t *) {}
int64_t Product::tasks() const { return 0; }
size_t Product::room() const { return 0; }
void Product::run(Tasks &, void *) const {}

}  // namespace gx::kernels

#endif
