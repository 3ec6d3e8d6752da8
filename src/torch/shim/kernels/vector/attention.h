// Attention, some queries of a head at a time.
#pragma once
#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "../attention.h"
#include "../packing.h"
#include "math.h"
#include "tile.h"
#include "widen.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Queries whose scores are in memory at once.
constexpr int64_t block = 48;

constexpr int64_t filled(int64_t n) { return divided(n, lanes) * lanes; }

// What a run works in; sizes in groups of 4 bytes, as they are multiplied.
struct Room {
  int64_t groups;         // of a key
  int64_t padded_keys;    // scores of a query
  int64_t value_groups;   // groups of keys that the values are summed over
  int64_t padded_values;  // of a value's columns
  int32_t *queries;       // (block, groups), where they are widened
  int32_t *keys;          // panels of keys: for each group of their width, one of each key
  int32_t *values;        // for each group of keys, one of each column
  float *scores;          // (block, padded_keys); then, in their place, probabilities as they are multiplied
  float *mask;            // what is added to the scores of a query
  float *sums;            // (rows, panel)
  float *scales;          // (block): what brings a query's probabilities to a sum of 1
  int64_t total;

  Room(const Attention &a, void *memory) {
    const bool widened = a.precision == Precision::bf16 && widens<Precision::bf16>;
    const int64_t per = widened ? 1 : grouped(a.precision);
    groups = a.width / per;
    padded_keys = filled(a.keys);
    value_groups = divided(a.keys, per);
    padded_values = filled(a.value_width);
    auto *const begin = static_cast<int32_t *>(memory);
    auto *at = begin;
    const auto take = [&at](int64_t n) { return std::exchange(at, at + n); };
    const auto floats = [&take](int64_t n) { return reinterpret_cast<float *>(take(n)); };
    queries = take(widened ? block * groups : 0);
    keys = take(padded_keys * groups);
    values = take(value_groups * padded_values);
    scores = floats(block * padded_keys);
    mask = floats(padded_keys);
    sums = floats(rows * panel);
    scales = floats(block);
    total = at - begin;
  }
};

// One for each head of each row of the batch.
int64_t tasks(const Attention &a) { return a.batch * a.heads; }
size_t room(const Attention &a) { return static_cast<size_t>(Room(a, nullptr).total) * sizeof(int32_t); }

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

// As many groups as a register holds, as they are multiplied.
template <typename Multiply, typename Number>
Groups load_groups_of(const Number *from, Mask which) {
  if constexpr (Multiply::grouped == 1) {
    return bits(load(from, which));
  } else {
    return load_groups(reinterpret_cast<const int32_t *>(from), which);
  }
}

// Keys side by side, as a tile reads its columns; what fills the last panel up is 0.
template <typename Multiply, typename Number>
void gather_keys(const Attention &a, const Number *k, int64_t stride, const Room &room) {
  for (int64_t key = 0; key < a.keys; key += lanes) {
    const int64_t first_key = key / panel * panel, wide = std::min(panel, room.padded_keys - first_key);
    int32_t *const to = room.keys + first_key * room.groups + (key - first_key);
    for (int64_t group = 0; group < room.groups; group += lanes) {
      Groups square[lanes];
      for (int64_t i = 0; i < lanes; i++) {
        const Mask which = key + i < a.keys ? first(room.groups - group) : first(0);
        square[i] = load_groups_of<Multiply>(k + (key + i) * stride + group * Multiply::grouped, which);
      }
      transpose(square);
      for (int64_t i = 0; i < std::min(lanes, room.groups - group); i++) store_groups(to + (group + i) * wide, square[i]);
    }
  }
}

template <typename Multiply, typename Number>
void gather_values(const Attention &a, const Number *v, int64_t stride, const Room &room) {
  for (int64_t group = 0; group < room.value_groups; group++) {
    int32_t *const to = room.values + group * room.padded_values;
    for (int64_t j = 0; j < a.value_width; j += lanes) {
      const Mask which = first(a.value_width - j);
      if constexpr (Multiply::grouped == 1) {
        store_groups(to + j, bits(load(v + group * stride + j, which)));
      } else {
        // Two keys share a group.
        const Number *even = v + 2 * group * stride + j;
        const Groups high = 2 * group + 1 < a.keys ? load_shorts(even + stride, which) : all_groups(0);
        store_groups(to + j, either(load_shorts(even, which), upper(high)));
      }
    }
  }
}

void read_mask(const Attention &a, int64_t at, const Room &room) {
  for (int64_t key = 0; key < a.keys; key++, at += a.mask_key) room.mask[key] = a.bias ? a.bias[at] : a.seen[at] ? 0 : minus_infinity;
}

// A query's scores become probabilities, but for their scale, which is returned. They may stand where the scores stood.
template <typename Number>
float softmax(const Attention &a, float *scores, const float *mask, const Room &room) {
  Floats highest_of = all(minus_infinity);
  for (int64_t j = 0; j < a.keys; j += lanes) {
    const Mask which = first(a.keys - j);
    Floats x = load(scores + j, which) * all(a.scale);
    if (mask) x = x + load(mask + j, which);
    store(scores + j, which, x);
    highest_of = select(which, most(highest_of, x), highest_of);
  }
  // A query that may see no key has a sum of 0.
  const float highest = most_of_all(highest_of);
  const Floats base = all(highest == minus_infinity ? 0.f : highest);
  Floats sum = all(0.f);
  auto *to = reinterpret_cast<Number *>(scores);
  for (int64_t j = 0; j < room.padded_keys; j += lanes) {
    const Mask which = first(a.keys - j);
    const Floats x = select(which, exp(load(scores + j, which) - base), all(0.f));
    sum = sum + x;
    store(to + j, every, x);
  }
  const float total = sum_of_all(sum);
  return total == 0 ? a.unseeing : 1.f / total;
}

template <Precision precision, typename Number>
void attend(const Attention &whole, int64_t row, int64_t head, void *memory) {
  Attention a = whole;
  if (whole.lengths) a.queries = a.keys = whole.lengths[row];
  const Room room(a, memory);
  using Multiply = kernels::Multiply<precision>;
  using Probability = std::conditional_t<Multiply::grouped == 1, float, Number>;
  const auto at = [&](const void *from, const Strides &s) { return static_cast<const Number *>(from) + row * s.batch + head * s.head; };
  const int32_t *pointers[rows];
  const auto point = [&pointers](const int32_t *first, int64_t stride, int64_t groups) -> Stretches {
    for (int64_t i = 0; i < rows; i++) pointers[i] = first + i * stride;
    return {pointers, 1, 0, groups};
  };
  const Number *q = at(a.q, a.q_strides);
  gather_keys<Multiply>(a, at(a.k, a.k_strides), a.k_strides.token, room);
  gather_values<Multiply>(a, at(a.v, a.v_strides), a.v_strides.token, room);
  const bool masked = a.bias || a.seen;
  const int64_t mask = row * a.mask_batch + head * a.mask_head;
  if (masked && a.mask_query == 0) read_mask(a, mask, room);
  for (int64_t top = 0; top < a.queries; top += block) {
    const int64_t count = std::min(block, a.queries - top);
    auto *queries = reinterpret_cast<const int32_t *>(q + top * a.q_strides.token);
    int64_t query_stride = a.q_strides.token / grouped(precision);
    if constexpr (widens<precision>) {
      for (int64_t i = 0; i < count; i++) widen(q + (top + i) * a.q_strides.token, a.width, reinterpret_cast<float *>(room.queries + i * room.groups));
      queries = room.queries, query_stride = room.groups;
    }
    for (int64_t i = 0, high; i < count; i += high) {
      high = std::min(rows, count - i);
      const Stretches of_q = point(queries + i * query_stride, query_stride, room.groups);
      for (int64_t column = 0; column < room.padded_keys; column += panel) {
        const int64_t wide = std::min(panel, room.padded_keys - column);
        const int32_t *keys = room.keys + column * room.groups;
        tile_of<Multiply>(high, wide / lanes)(of_q, {keys, wide}, room.scores + i * room.padded_keys + column, room.padded_keys, Ahead::none(keys));
      }
    }
    for (int64_t i = 0; i < count; i++) {
      if (masked && a.mask_query != 0) read_mask(a, mask + (top + i) * a.mask_query, room);
      room.scales[i] = softmax<Probability>(a, room.scores + i * room.padded_keys, masked ? room.mask : nullptr, room);
    }
    for (int64_t i = 0, high; i < count; i += high) {
      high = std::min(rows, count - i);
      const Stretches of_scores = point(reinterpret_cast<const int32_t *>(room.scores + i * room.padded_keys), room.padded_keys, room.value_groups);
      for (int64_t column = 0; column < a.value_width; column += panel) {
        const int64_t wide = std::min(panel, room.padded_values - column);
        const int32_t *values = room.values + column;
        tile_of<Multiply>(high, wide / lanes)(of_scores, {values, room.padded_values}, room.sums, panel, Ahead::none(values));
        for (int64_t r = 0; r < high; r++) {
          auto *y = static_cast<Number *>(a.y) + ((row * whole.queries + top + i + r) * a.heads + head) * a.value_width + column;
          for (int64_t j = 0; j < std::min(wide, a.value_width - column); j += lanes) {
            const Floats sum = load(room.sums + r * panel + j, every);
            store(y + j, first(a.value_width - column - j), sum * all(room.scales[i + r]));
          }
        }
      }
    }
  }
}

void run(const Attention &a, Tasks &tasks, void *memory) {
  for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
    switch (a.precision) {
      case Precision::f32: attend<Precision::f32, float>(a, task / a.heads, task % a.heads, memory); break;
      case Precision::bf16: attend<Precision::bf16, uint16_t>(a, task / a.heads, task % a.heads, memory); break;
      case Precision::int8: break;  // there is none
    }
  }
}

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
