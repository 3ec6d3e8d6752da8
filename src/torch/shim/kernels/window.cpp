#include "window.h"

#include <algorithm>

namespace gx::kernels {

void Window::locate(const void *x, size_t size, const void *nothing, int64_t from, int64_t to, int64_t step, const void **at) const {
  const auto *const pictures = static_cast<const char *>(x);
  const int64_t bytes = static_cast<int64_t>(size), apart = stride[1] * pixel_stride * bytes;
  // A run: pixels of one row of one picture.
  for (int64_t pixel = from, run; pixel < to; pixel += run, at += run) {
    const int64_t column = pixel % columns, row = pixel / columns % rows, picture = pixel / columns / rows;
    run = std::min(to - pixel, columns - column);
    const void **out = at;
    for (int64_t i = 0; i < kernel[0]; i++) {
      const int64_t y = row * stride[0] - padding[0] + i * dilation[0];
      const char *const line = pictures + (picture * picture_stride + y * row_stride) * bytes;
      for (int64_t j = 0; j < kernel[1]; j++, out += step) {
        const int64_t left = column * stride[1] - padding[1] + j * dilation[1];
        // Those from `first` to before `end` are inside the picture.
        int64_t first = 0, end = y < 0 || y >= height ? 0 : run;
        while (first < end && left + first * stride[1] < 0) first++;
        while (end > first && left + (end - 1) * stride[1] >= width) end--;
        std::fill(out, out + first, nothing);
        const char *tap = line + left * pixel_stride * bytes + first * apart;
        for (int64_t k = first; k < end; k++, tap += apart) out[k] = tap;
        std::fill(out + end, out + run, nothing);
      }
    }
  }
}

}  // namespace gx::kernels
