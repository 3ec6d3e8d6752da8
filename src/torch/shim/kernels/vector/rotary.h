// Halves of rows turned against each other.
#pragma once
#include <algorithm>

#include "../rotary.h"
#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

int64_t rows_of_task(const Rotary &rotary) { return std::max<int64_t>(1, 16384 / rotary.width); }

int64_t tasks(const Rotary &rotary) { return (rotary.rows() + rows_of_task(rotary) - 1) / rows_of_task(rotary); }

template <typename From, typename To>
void turn(const From *x, const float *cos, const float *sin, int64_t half, To *y) {
  for (int64_t j = 0; j < half; j += lanes) {
    const Mask which = first(half - j);
    const Floats lower = load(x + j, which), upper = load(x + half + j, which);
    store(y + j, which, subtract_product(upper, load(sin + j, which), lower * load(cos + j, which)));
    store(y + half + j, which, multiply_add(lower, load(sin + half + j, which), upper * load(cos + half + j, which)));
  }
}

template <typename From, typename To>
void run(const Rotary &r, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) {
    int64_t x = 0, cos = 0, sin = 0, left = row;
    for (size_t dim = Rotary::most_dims; dim-- > 0; left /= r.sizes[dim]) {
      const int64_t at = left % r.sizes[dim];
      x += at * r.x_strides[dim], cos += at * r.cos_strides[dim], sin += at * r.sin_strides[dim];
    }
    turn(static_cast<const From *>(r.x) + x, r.cos + cos, r.sin + sin, r.width / 2, static_cast<To *>(r.y) + row * r.width);
  }
}

size_t room(const Rotary &) { return 0; }

void run(const Rotary &rotary, Tasks &tasks, void *) {
  constexpr auto f32 = Precision::f32;
  for (int64_t first, end; tasks.take(first, end);) {
    const int64_t begin = first * rows_of_task(rotary), last = std::min(rotary.rows(), end * rows_of_task(rotary));
    if (rotary.numbers == f32) {
      rotary.result == f32 ? run<float, float>(rotary, begin, last) : run<float, uint16_t>(rotary, begin, last);
    } else {
      rotary.result == f32 ? run<uint16_t, float>(rotary, begin, last) : run<uint16_t, uint16_t>(rotary, begin, last);
    }
  }
}

}  // namespace

}  // namespace gx::kernels

GX_KERNELS_END
