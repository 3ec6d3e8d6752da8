// Which pixels of a picture each pixel of a convolution's result is made of.
#pragma once
#include <cstddef>
#include <cstdint>

namespace gx::kernels {

struct Window {
  // Of the pictures that are read: sizes, and how many numbers lie between two pictures, channels, rows and pixels.
  int64_t height, width, channels;
  int64_t picture_stride, channel_stride, row_stride, pixel_stride;
  // Of the result.
  int64_t rows, columns;
  // Vertical, then horizontal.
  int64_t kernel[2], stride[2], padding[2], dilation[2];

  int64_t taps() const { return kernel[0] * kernel[1]; }

  // Where the result's pixels from `from` to before `to`, counted through all pictures, have their taps: at[tap * step + pixel - from]. Numbers of
  // `size` bytes from x on; `nothing`: what is read beyond the edge.
  void locate(const void *x, size_t size, const void *nothing, int64_t from, int64_t to, int64_t step, const void **at) const;
};

}  // namespace gx::kernels
