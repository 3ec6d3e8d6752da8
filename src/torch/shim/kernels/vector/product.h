// Products: tile by tile, panel by panel.
#pragma once
#include <algorithm>
#include <type_traits>

#include "../packing.h"
#include "../product.h"
#include "activation.h"
#include "rows.h"
#include "tile.h"
#include "widen.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// What is done to rows of sums on the way into y.
template <typename Number>
void finish(const Product &p, const float (*sums)[panel], int64_t row, int64_t high, int64_t column, int64_t wide) {
  with_activation(p.activation, [&](const auto &activation) {
    for (int64_t i = 0; i < high; i++) {
      const int64_t at = p.place(row + i) * p.n + column;
      auto *y = static_cast<Number *>(p.y) + at;
      const auto *residual = static_cast<const Number *>(p.residual);
      for (int64_t j = 0; j < wide; j += lanes) {
        const Mask which = first(wide - j);
        Floats sum = load(sums[i] + j, which);
        if (p.bias) sum = sum + load(p.bias + column + j, which);
        sum = activation(sum);
        if (residual) {
          const Floats other = load(residual + at + j, which);
          sum = activated(p.gated ? sum * other : sum + other, p.last);
        }
        store(y + j, which, sum);
      }
    }
  });
}

constexpr int64_t line = 64;  // bytes of the cache

// What a tile's sums are added to, and where they go, is brought into the cache while the tile is computed.
template <typename Number>
void fetch(const Product &p, int64_t row, int64_t high, int64_t column, int64_t wide) {
  const int64_t bytes = wide * static_cast<int64_t>(sizeof(Number));
  for (int64_t i = row; i < row + high; i++) {
    const int64_t first = (p.place(i) * p.n + column) * static_cast<int64_t>(sizeof(Number));
    for (int64_t at = first; at < first + bytes; at += line) {
      __builtin_prefetch(static_cast<const char *>(p.y) + at, 1);
      if (p.residual) __builtin_prefetch(static_cast<const char *>(p.residual) + at);
    }
  }
}

// How a product is computed.
template <Precision of_weight, typename OfNumber, typename AsTheyAre>
struct Kind {
  static constexpr Precision precision = of_weight;
  using Number = OfNumber;
  using Rows = std::conditional_t<widens<precision>, WidenedRows<precision, AsTheyAre>, AsTheyAre>;
  // How the first tile of a panel reads it, and the others.
  using FirstReading = std::conditional_t<widens<precision>, Widening<precision>, Plainly>;

  // Where a panel is widened, and behind it what the rows need.
  static int64_t groups(const Product &p) { return divided(p.k, grouped(precision)) * FirstReading::parts; }
  static size_t panel_room(const Product &p) { return widens<precision> ? panel * groups(p) * sizeof(int32_t) : 0; }
  static size_t room(const Product &p) { return panel_room(p) + Rows::room(p); }
};

template <typename Kind>
void run(const Product &p, Tasks &tasks, void *room) {
  using Number = typename Kind::Number;
  using Multiply = kernels::Multiply<Kind::precision>;
  alignas(64) float sums[rows][panel];
  const int64_t groups = divided(p.k, grouped(Kind::precision)), steps = Kind::groups(p), panels = divided(p.n, panel);
  const int64_t chunk = chunk_of(p);
  auto *const widened = static_cast<int32_t *>(room);
  typename Kind::Rows x(p, static_cast<char *>(room) + Kind::panel_room(p));
  for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
    const int64_t column = task % panels * panel, top = task / panels * chunk, bottom = std::min(p.m, top + chunk);
    const int64_t wide = panel_width(panel, p.n, column);
    const Columns packed{p.weight + column * groups, wide, widened}, again = widens<Kind::precision> ? Columns{widened, wide} : packed;
    x.take(top, bottom);
    // As many tiles as are needed, of about equal height: 16 rows are 6, 5 and 5. Each fetches of its share of the next task's panel what a line a step is.
    const int64_t count = divided(bottom - top, kernels::rows), next = (task + 1) % panels * panel;
    const int64_t share = panel_width(panel, p.n, next) * static_cast<int64_t>(sizeof(int32_t)) * groups / steps / count;
    Ahead ahead{reinterpret_cast<const char *>(p.weight + next * groups), std::min(share, line)};
    for (int64_t tiles = count, row = top; tiles > 0; tiles--, ahead.at += share * steps) {
      const int64_t high = divided(bottom - row, tiles);
      fetch<Number>(p, row, high, column, wide);
      const bool is_first = row == top;
      const Tile tile = is_first ? tile_of<Multiply, typename Kind::FirstReading>(high, wide / lanes) : tile_of<Multiply>(high, wide / lanes);
      tile(x.at(row), is_first ? packed : again, sums[0], panel, ahead);
      for (int64_t i = 0; i < high; i++) x.decode(sums[i], row + i, column, wide);
      finish<Number>(p, sums, row, high, column, std::min(wide, p.n - column));
      row += high;
    }
  }
}

// Calls `what` with a product's kind.
template <typename Do>
auto with_kind(const Product &p, const Do &what) {
  constexpr auto f32 = Precision::f32, bf16 = Precision::bf16;
  const bool floats = p.numbers == f32;
  if (p.precision == Precision::int8) {
    return floats ? what(Kind<Precision::int8, float, CodedRows<float>>()) : what(Kind<Precision::int8, uint16_t, CodedRows<uint16_t>>());
  }
  if (p.window == nullptr) return floats ? what(Kind<f32, float, PlainRows<f32>>()) : what(Kind<bf16, uint16_t, PlainRows<bf16>>());
  if (Product::scattered(p.window->channels, p.precision)) {
    return floats ? what(Kind<f32, float, GatheredRows<f32, float>>()) : what(Kind<bf16, uint16_t, GatheredRows<bf16, uint16_t>>());
  }
  return floats ? what(Kind<f32, float, SeenRows<f32, float>>()) : what(Kind<bf16, uint16_t, SeenRows<bf16, uint16_t>>());
}

int64_t tasks(const Product &p) { return p.m == 0 ? 0 : divided(p.m, chunk_of(p)) * divided(p.n, panel); }

size_t room(const Product &p) {
  return with_kind(p, [&](auto kind) { return decltype(kind)::room(p); });
}

void run(const Product &p, Tasks &tasks, void *room) {
  with_kind(p, [&](auto kind) { run<decltype(kind)>(p, tasks, room); });
}

}  // namespace

}  // namespace gx::kernels

GX_KERNELS_END
