// What a product reads: the rows of x that a thread is at, each as one or more stretches of groups.
//
// Each kind of rows has
//   room(p): the bytes that a thread needs for them;
//   take(top, bottom): from now on rows top to before bottom are read;
//   at(row): the rows from `row` on, for a tile;
//   decode(sums, row, column, wide): what a tile has made of a row, as numbers.
#pragma once
#include <algorithm>

#include "../packing.h"
#include "../product.h"
#include "quantize.h"
#include "tile.h"
#include "widen.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Rows of x that a thread takes through all panels before the next ones: about so many stay in its cache. All chunks are of about equal size, for each reads the
// whole weight: 98 rows are one, not 96 and 2.
inline int64_t chunk_of(const Product &p) {
  constexpr int64_t usual = 96;
  return divided(p.m, std::max<int64_t>(1, (p.m + usual / 2) / usual));
}

// As they lie in memory.
template <Precision precision>
class PlainRows {
 public:
  static size_t room(const Product &) { return 0; }
  PlainRows(const Product &p, void *) : p_(p), groups_(p.k / grouped(precision)) {}

  void take(int64_t, int64_t) {}
  Stretches at(int64_t row) {
    const auto *x = static_cast<const int32_t *>(p_.x);
    for (int64_t i = 0; i < std::min(rows, p_.m - row); i++) at_[i] = x + p_.place(row + i) * groups_;
    return {at_, 1, 0, groups_};
  }
  void decode(float *, int64_t, int64_t, int64_t) const {}

 private:
  const Product &p_;
  int64_t groups_;
  const int32_t *at_[rows];
};

// Brought to int8, each row by its own range.
template <typename Number>
class CodedRows {
 public:
  static size_t room(const Product &p) { return chunk_of(p) * (divided(p.k, 4) * 4 + sizeof(Range)); }
  CodedRows(const Product &p, void *room) : p_(p), groups_(divided(p.k, 4)) {
    ranges_ = static_cast<Range *>(room);
    codes_ = reinterpret_cast<uint8_t *>(ranges_ + chunk_of(p));
  }

  void take(int64_t top, int64_t bottom) {
    if (top == top_) return;
    const auto *x = static_cast<const Number *>(p_.x);
    for (int64_t i = 0; i < bottom - top; i++) ranges_[i] = quantize(x + p_.place(top + i) * p_.k, p_.k, groups_ * 4, codes_ + i * groups_ * 4);
    top_ = top;
  }

  Stretches at(int64_t row) {
    for (int64_t i = 0; i < rows; i++) at_[i] = reinterpret_cast<const int32_t *>(codes_) + (row - top_ + i) * groups_;
    return {at_, 1, 0, groups_};
  }

  void decode(float *sums, int64_t row, int64_t column, int64_t wide) const {
    const int64_t padded = divided(p_.n, 16) * 16;
    const auto *scales = reinterpret_cast<const float *>(p_.weight + padded * groups_) + column;
    dequantize(sums, ranges_[row - top_], scales, scales + padded, wide);
  }

 private:
  const Product &p_;
  int64_t groups_, top_ = -1;
  Range *ranges_;
  uint8_t *codes_;
  const int32_t *at_[rows];
};

// A pixel's taps where they lie in the picture, channels side by side.
template <Precision precision, typename Number>
class SeenRows {
 public:
  static size_t room(const Product &p) { return p.window->taps() * chunk_of(p) * sizeof(void *) + p.window->channels * sizeof(Number); }
  SeenRows(const Product &p, void *room) : p_(p), step_(chunk_of(p)), at_(static_cast<const void **>(room)) {
    auto *nothing = reinterpret_cast<Number *>(at_ + p.window->taps() * step_);
    for (int64_t i = 0; i < p.window->channels; i++) nothing[i] = 0;
    nothing_ = nothing;
  }

  void take(int64_t top, int64_t bottom) {
    if (top == top_) return;
    p_.window->locate(p_.x, sizeof(Number), nothing_, top, bottom, step_, at_);
    top_ = top;
  }

  Stretches at(int64_t row) const {
    const auto *at = reinterpret_cast<const int32_t *const *>(at_) + (row - top_);
    return {at, p_.window->taps(), step_, p_.window->channels / grouped(precision)};
  }
  void decode(float *, int64_t, int64_t, int64_t) const {}

 private:
  const Product &p_;
  const int64_t step_;
  const void **at_;
  const Number *nothing_;
  int64_t top_ = -1;
};

// A pixel's taps copied side by side, channel by channel.
template <Precision precision, typename Number>
class GatheredRows {
 public:
  static size_t room(const Product &p) { return chunk_of(p) * p.k * sizeof(Number); }
  GatheredRows(const Product &p, void *room) : p_(p), numbers_(static_cast<Number *>(room)) {}

  void take(int64_t top, int64_t bottom) {
    if (top == top_) return;
    const Window &w = *p_.window;
    for (int64_t pixel = top; pixel < bottom; pixel++) {
      const int64_t left = pixel % w.columns * w.stride[1] - w.padding[1], upper = pixel / w.columns % w.rows * w.stride[0] - w.padding[0];
      const auto *x = static_cast<const Number *>(p_.x) + pixel / w.columns / w.rows * w.picture_stride;
      const bool inside = left >= 0 && left + (w.kernel[1] - 1) * w.dilation[1] < w.width;
      Number *to = numbers_ + (pixel - top) * p_.k, *const end = to + p_.k;
      for (int64_t channel = 0; channel < w.channels; channel++, x += w.channel_stride) {
        for (int64_t i = 0; i < w.kernel[0]; i++, to += w.kernel[1]) {
          const int64_t y = upper + i * w.dilation[0];
          const bool row = y >= 0 && y < w.height;
          const Number *line = x + y * w.row_stride + left * w.pixel_stride;
          const int64_t apart = w.dilation[1] * w.pixel_stride;
          if (row && inside && apart == 1) {
            for (int64_t j = 0; j < w.kernel[1]; j++) to[j] = line[j];
          } else if (row && inside) {
            for (int64_t j = 0; j < w.kernel[1]; j++) to[j] = line[j * apart];
          } else {
            for (int64_t j = 0; j < w.kernel[1]; j++) {
              const int64_t at = left + j * w.dilation[1];
              to[j] = row && at >= 0 && at < w.width ? line[j * apart] : Number(0);
            }
          }
        }
      }
      while (to < end) *to++ = 0;
    }
    top_ = top;
  }

  Stretches at(int64_t row) {
    const int64_t groups = p_.k / grouped(precision);
    for (int64_t i = 0; i < rows; i++) at_[i] = reinterpret_cast<const int32_t *>(numbers_) + (row - top_ + i) * groups;
    return {at_, 1, 0, groups};
  }
  void decode(float *, int64_t, int64_t, int64_t) const {}

 private:
  const Product &p_;
  Number *numbers_;
  int64_t top_ = -1;
  const int32_t *at_[rows];
};

// Each group widened to two (widen.h).
template <Precision precision, typename Narrow>
class WidenedRows {
 public:
  static size_t room(const Product &p) { return chunk_of(p) * groups(p) * sizeof(int32_t) + Narrow::room(p); }
  WidenedRows(const Product &p, void *room) : groups_(groups(p)), wide_(static_cast<int32_t *>(room)), narrow_(p, wide_ + chunk_of(p) * groups_) {}

  void take(int64_t top, int64_t bottom) {
    if (top == top_) return;
    narrow_.take(top, bottom);
    int32_t *to = wide_;
    for (int64_t row = top; row < bottom; row += rows) {
      const Stretches from = narrow_.at(row);
      for (int64_t i = 0; i < std::min(rows, bottom - row); i++) {
        for (int64_t stretch = 0; stretch < from.count; stretch++, to += 2 * from.groups) {
          widen_row<precision>(from.at[stretch * from.step + i], from.groups, to);
        }
      }
    }
    top_ = top;
  }

  Stretches at(int64_t row) {
    for (int64_t i = 0; i < rows; i++) at_[i] = wide_ + (row - top_ + i) * groups_;
    return {at_, 1, 0, groups_};
  }
  void decode(float *sums, int64_t row, int64_t column, int64_t wide) const { narrow_.decode(sums, row, column, wide); }

 private:
  static int64_t groups(const Product &p) { return 2 * divided(p.k, grouped(precision)); }

  const int64_t groups_;
  int32_t *wide_;
  Narrow narrow_;
  int64_t top_ = -1;
  const int32_t *at_[rows];
};

}  // namespace
}  // namespace gx::kernels

GX_KERNELS_END
