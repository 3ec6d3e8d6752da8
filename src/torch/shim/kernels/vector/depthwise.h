// A convolution of each channel by itself, some pixels times some channels in registers.
#pragma once
#include <algorithm>

#include "../depthwise.h"
#include "../packing.h"
#include "activation.h"
#include "instructions.h"

GX_KERNELS_BEGIN

namespace gx::kernels {
namespace {

// Of the result's pixels, and of channels, that are one task at most.
constexpr int64_t span = 48, slice = 256;

// Pixels whose sums are in registers at once.
constexpr int64_t high = 6;

// Numbers cut into parts of at most `most` and about equal size, each but the last a multiple of `step`.
struct Cut {
  int64_t size, part, parts;
  Cut(int64_t size, int64_t most, int64_t step)
      : size(size), part(divided(divided(size, divided(size, most)), step) * step), parts(divided(size, part)) {}
  int64_t begin(int64_t i) const { return i * part; }
  int64_t end(int64_t i) const { return std::min(size, (i + 1) * part); }
};

Cut spans(const Depthwise &d) { return Cut(d.pixels, span, 1); }
Cut slices(const Depthwise &d) { return Cut(d.window.channels, slice, 32); }

int64_t tasks(const Depthwise &d) { return spans(d).parts * slices(d).parts; }
size_t room(const Depthwise &d) { return d.window.taps() * span * sizeof(void *) + slice * sizeof(float); }

// M pixels from `pixel` on, V · lanes channels from `channel` on; or fewer, where V is 1. at: their taps, where `channel` is the first one.
template <typename Number, int M, int V>
void sum(const Depthwise &d, const void *const *at, int64_t offset, int64_t pixel, int64_t channel) {
  const int64_t channels = d.window.channels, taps = d.window.taps();
  const Mask which = V == 1 ? first(channels - channel) : every;
  Floats sums[M][V];
  for (int j = 0; j < V; j++) {
    const Floats bias = d.bias ? load(d.bias + channel + j * lanes, which) : all(0.f);
    for (int i = 0; i < M; i++) sums[i][j] = bias;
  }
  const float *weight = d.weight + channel;
  for (int64_t tap = 0; tap < taps; tap++, weight += channels, at += span) {
    Floats w[V];
    for (int j = 0; j < V; j++) w[j] = load(weight + j * lanes, which);
#pragma GCC unroll 6
    for (int i = 0; i < M; i++) {
      const auto *x = static_cast<const Number *>(at[i]) + offset;
#pragma GCC unroll 2
      for (int j = 0; j < V; j++) sums[i][j] = multiply_add(load(x + j * lanes, which), w[j], sums[i][j]);
    }
  }
  // By way of memory: sums that a loop reads would be written there at each tap.
  alignas(64) float done[M][V][lanes];
#pragma GCC unroll 6
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) store(done[i][j], every, sums[i][j]);
  }
  with_activation(d.activation, [&](const auto &activation) {
    for (int i = 0; i < M; i++) {
      auto *y = static_cast<Number *>(d.y) + (pixel + i) * channels + channel;
      for (int j = 0; j < V; j++) store(y + j * lanes, which, activation(load(done[i][j], every)));
    }
  });
}

template <typename Number, int M>
void sum_all(const Depthwise &d, const void *const *at, int64_t pixel, int64_t from, int64_t to) {
  int64_t channel = from;
  for (; channel + 2 * lanes <= to; channel += 2 * lanes) sum<Number, M, 2>(d, at, channel - from, pixel, channel);
  for (; channel < to; channel += lanes) sum<Number, M, 1>(d, at, channel - from, pixel, channel);
}

template <typename Number>
void run(const Depthwise &d, Tasks &tasks, void *room) {
  using Sum = void (*)(const Depthwise &, const void *const *, int64_t, int64_t, int64_t);
  static constexpr Sum of[high] = {sum_all<Number, 1>, sum_all<Number, 2>, sum_all<Number, 3>, sum_all<Number, 4>, sum_all<Number, 5>, sum_all<Number, 6>};
  const Cut by_pixel = spans(d), by_channel = slices(d);
  auto **at = static_cast<const void **>(room);
  auto *nothing = reinterpret_cast<Number *>(at + d.window.taps() * span);
  std::fill(nothing, nothing + slice, Number(0));
  for (int64_t task = 0, end = 0; task < end || tasks.take(task, end); task++) {
    const int64_t from = by_channel.begin(task % by_channel.parts), to = by_channel.end(task % by_channel.parts);
    const int64_t left = by_pixel.begin(task / by_channel.parts), right = by_pixel.end(task / by_channel.parts);
    d.window.locate(static_cast<const Number *>(d.x) + from, sizeof(Number), nothing, left, right, span, at);
    for (int64_t tiles = divided(right - left, high), pixel = left; tiles > 0; tiles--) {
      const int64_t count = divided(right - pixel, tiles);
      of[count - 1](d, at + (pixel - left), pixel, from, to);
      pixel += count;
    }
  }
}

void run(const Depthwise &d, Tasks &tasks, void *room) {
  d.numbers == Precision::f32 ? run<float>(d, tasks, room) : run<uint16_t>(d, tasks, room);
}

}  // namespace

}  // namespace gx::kernels

GX_KERNELS_END
