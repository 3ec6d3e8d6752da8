#include "attention.h"

#if defined(__x86_64__)

#include <algorithm>
#include <limits>
#include <utility>

#include "tile.h"

namespace gx::kernels {

namespace {

// Queries whose scores are in memory at once.
constexpr int64_t block = 48;

constexpr int64_t rounded(int64_t n, int64_t to) { return divided(n, to) * to; }

// What a run works in; sizes in groups of 4 bytes.
struct Room {
  int64_t groups;         // of a key
  int64_t padded_keys;    // scores of a query
  int64_t value_groups;   // groups of keys that the values are summed over
  int64_t padded_values;  // of a value's columns
  int32_t *keys;          // panels of keys: for each group of their width, one of each key
  int32_t *values;        // for each group of keys, one of each column
  float *scores;          // (block, padded_keys); then, in their place, probabilities in the precision of v
  float *mask;            // what is added to the scores of a query
  float *sums;            // (rows, panel)
  float *scales;          // (block): what brings a query's probabilities to a sum of 1
  int64_t total;

  Room(const Attention &a, void *memory) {
    const int64_t per = grouped(a.precision);
    groups = a.width / per;
    padded_keys = rounded(a.keys, lanes);
    value_groups = divided(a.keys, per);
    padded_values = rounded(a.value_width, lanes);
    auto *const begin = static_cast<int32_t *>(memory);
    auto *at = begin;
    const auto take = [&at](int64_t n) { return std::exchange(at, at + n); };
    const auto floats = [&take](int64_t n) { return reinterpret_cast<float *>(take(n)); };
    keys = take(padded_keys * groups);
    values = take(value_groups * padded_values);
    scores = floats(block * padded_keys);
    mask = floats(padded_keys);
    sums = floats(rows * panel);
    scales = floats(block);
    total = at - begin;
  }
};

}  // namespace

size_t Attention::room() const { return static_cast<size_t>(Room(*this, nullptr).total) * sizeof(int32_t); }

}  // namespace gx::kernels

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

constexpr float nothing = -std::numeric_limits<float>::infinity();

// 16 rows of 16 groups become 16 columns.
void transpose(__m512i (&r)[16]) {
  __m512i t[16];
  // Pairs of rows, then fours, within each quarter of a register; then the quarters change places.
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
      r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 8; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
  }
}

// Keys side by side, as a tile reads its columns; what fills the last panel up is 0.
void gather_keys(const Attention &a, const int32_t *k, int64_t stride, const Room &room) {
  for (int64_t key = 0; key < a.keys; key += lanes) {
    const int64_t first_key = key / panel * panel, wide = std::min(panel, room.padded_keys - first_key);
    int32_t *const to = room.keys + first_key * room.groups + (key - first_key);
    for (int64_t group = 0; group < room.groups; group += lanes) {
      __m512i square[16];
      for (int64_t i = 0; i < lanes; i++) {
        const __mmask16 which = key + i < a.keys ? first(room.groups - group) : 0;
        square[i] = _mm512_maskz_loadu_epi32(which, k + (key + i) * stride + group);
      }
      transpose(square);
      for (int64_t i = 0; i < std::min(lanes, room.groups - group); i++) _mm512_storeu_si512(to + (group + i) * wide, square[i]);
    }
  }
}

void gather_values(const Attention &a, const float *v, int64_t stride, const Room &room) {
  for (int64_t key = 0; key < a.keys; key++) {
    auto *to = reinterpret_cast<float *>(room.values + key * room.padded_values);
    for (int64_t j = 0; j < a.value_width; j += lanes) store(to + j, 0xffff, load(v + key * stride + j, first(a.value_width - j)));
  }
}

// Two keys share a group.
void gather_values(const Attention &a, const uint16_t *v, int64_t stride, const Room &room) {
  for (int64_t pair = 0; pair < room.value_groups; pair++) {
    const uint16_t *even = v + 2 * pair * stride;
    const bool odd = 2 * pair + 1 < a.keys;
    for (int64_t j = 0; j < a.value_width; j += lanes) {
      const __mmask16 which = first(a.value_width - j);
      const __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(which, even + j));
      const __m512i high = odd ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(which, even + stride + j)) : _mm512_setzero_si512();
      _mm512_storeu_si512(room.values + pair * room.padded_values + j, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

void read_mask(const Attention &a, int64_t at, const Room &room) {
  for (int64_t key = 0; key < a.keys; key++, at += a.mask_key) room.mask[key] = a.bias ? a.bias[at] : a.seen[at] ? 0 : nothing;
}

// A query's scores become probabilities, but for their scale, which is returned. They may stand where the scores stood.
template <typename Number>
float softmax(const Attention &a, float *scores, const float *mask, const Room &room) {
  Floats most = all(nothing);
  for (int64_t j = 0; j < a.keys; j += lanes) {
    const __mmask16 which = first(a.keys - j);
    Floats x = _mm512_mul_ps(load(scores + j, which), all(a.scale));
    if (mask) x = _mm512_add_ps(x, load(mask + j, which));
    store(scores + j, which, x);
    most = _mm512_mask_max_ps(most, which, most, x);
  }
  // A query that may see no key gives 0, as libtorch does it.
  const float highest = _mm512_reduce_max_ps(most);
  const Floats base = all(highest == nothing ? 0.f : highest);
  Floats sum = _mm512_setzero_ps();
  auto *to = reinterpret_cast<Number *>(scores);
  for (int64_t j = 0; j < room.padded_keys; j += lanes) {
    const __mmask16 which = first(a.keys - j);
    const Floats x = _mm512_maskz_mov_ps(which, exp(_mm512_sub_ps(load(scores + j, which), base)));
    sum = _mm512_add_ps(sum, x);
    store(to + j, 0xffff, x);
  }
  const float total = _mm512_reduce_add_ps(sum);
  return total == 0 ? 0.f : 1.f / total;
}

template <Precision precision, typename Number>
void attend(const Attention &a, int64_t row, int64_t head, const Room &room) {
  const auto at = [&](const void *from, const Strides &s) { return static_cast<const Number *>(from) + row * s.batch + head * s.head; };
  constexpr int64_t per = grouped(precision);
  const int32_t *pointers[rows];
  const auto point = [&pointers](const int32_t *first, int64_t stride, int64_t groups) -> Stretches {
    for (int64_t i = 0; i < rows; i++) pointers[i] = first + i * stride;
    return {pointers, 1, 0, groups};
  };
  const auto *q = reinterpret_cast<const int32_t *>(at(a.q, a.q_strides));
  gather_keys(a, reinterpret_cast<const int32_t *>(at(a.k, a.k_strides)), a.k_strides.token / per, room);
  gather_values(a, at(a.v, a.v_strides), a.v_strides.token, room);
  const bool masked = a.bias || a.seen;
  const int64_t mask = row * a.mask_batch + head * a.mask_head;
  if (masked && a.mask_query == 0) read_mask(a, mask, room);
  for (int64_t top = 0; top < a.queries; top += block) {
    const int64_t count = std::min(block, a.queries - top);
    for (int64_t i = 0, high; i < count; i += high) {
      high = std::min(rows, count - i);
      const Stretches of_q = point(q + (top + i) * (a.q_strides.token / per), a.q_strides.token / per, room.groups);
      for (int64_t column = 0; column < room.padded_keys; column += panel) {
        const int64_t wide = std::min(panel, room.padded_keys - column);
        tile_of<precision>(high, wide / lanes)(of_q, room.keys + column * room.groups, wide, room.scores + i * room.padded_keys + column,
                                               room.padded_keys);
      }
    }
    for (int64_t i = 0; i < count; i++) {
      if (masked && a.mask_query != 0) read_mask(a, mask + (top + i) * a.mask_query, room);
      room.scales[i] = softmax<Number>(a, room.scores + i * room.padded_keys, masked ? room.mask : nullptr, room);
    }
    for (int64_t i = 0, high; i < count; i += high) {
      high = std::min(rows, count - i);
      const Stretches of_scores = point(reinterpret_cast<const int32_t *>(room.scores + i * room.padded_keys), room.padded_keys, room.value_groups);
      for (int64_t column = 0; column < a.value_width; column += panel) {
        const int64_t wide = std::min(panel, room.padded_values - column);
        tile_of<precision>(high, wide / lanes)(of_scores, room.values + column, room.padded_values, room.sums, panel);
        for (int64_t r = 0; r < high; r++) {
          auto *y = static_cast<Number *>(a.y) + ((row * a.queries + top + i + r) * a.heads + head) * a.value_width + column;
          for (int64_t j = 0; j < std::min(wide, a.value_width - column); j += lanes) {
            const Floats sum = load(room.sums + r * panel + j, 0xffff);
            store(y + j, first(a.value_width - column - j), _mm512_mul_ps(sum, all(room.scales[i + r])));
          }
        }
      }
    }
  }
}

}  // namespace

void Attention::run(Tasks &tasks, void *memory) const {
  const Room room(*this, memory);
  for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
    switch (precision) {
      case Precision::f32: attend<Precision::f32, float>(*this, task / heads, task % heads, room); break;
      case Precision::bf16: attend<Precision::bf16, uint16_t>(*this, task / heads, task % heads, room); break;
      case Precision::int8: break;  // there is none
    }
  }
}

}  // namespace gx::kernels

GX_KERNELS_END

#else

// Nowhere else is it available().
namespace gx::kernels {

size_t Attention::room() const { return 0; }
void Attention::run(Tasks &, void *) const {}

}  // namespace gx::kernels

#endif
