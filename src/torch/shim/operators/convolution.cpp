// Convolutions over pictures.
#include "arguments.h"
#include "kernels/depthwise.h"
#include "kernels/packing.h"
#include "memory.h"
#include "threads.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <limits>

namespace gx {

namespace {

using kernels::Precision;
using kernels::Window;

// The last four arguments of both operators.
struct Geometry {
  std::vector<int64_t> kernel, stride, padding, dilation;
  int64_t channels;

  explicit Geometry(Arguments &arguments)
      : kernel(arguments.integers()), stride(arguments.integers()), padding(arguments.integers()), dilation(arguments.integers()) {
    // No product of two of them overflows.
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    const auto all = [](const std::vector<int64_t> &given, size_t count, int64_t least) {
      return given.size() == count && std::all_of(given.begin(), given.end(), [&](int64_t number) { return number >= least && number <= most; });
    };
    TORCH_CHECK(all(kernel, 3, 1) && all(stride, 2, 1) && all(padding, 4, 0) && all(dilation, 2, 1),
                "a convolution got a side, a step or an edge that is too small or too large, or more or fewer than it has");
    channels = kernel[0];
    kernel.erase(kernel.begin());
  }

  // Whether a weight of so many numbers may be one for these channels and taps.
  bool fits(int64_t numbers) const { return taps() <= numbers / channels; }
  int64_t taps() const { return kernel[0] * kernel[1]; }

  // How it sees pictures (batch, channels, height, width), in any memory.
  Window on(const at::Tensor &x) const {
    TORCH_CHECK(x.size(1) == channels, "a convolution of ", channels, " channels got pictures of ", x.size(1));
    Window window{};
    window.channels = channels, window.height = x.size(2), window.width = x.size(3);
    window.picture_stride = x.stride(0), window.channel_stride = x.stride(1), window.row_stride = x.stride(2), window.pixel_stride = x.stride(3);
    for (int i = 0; i < 2; i++) {
      window.kernel[i] = kernel[i], window.stride[i] = stride[i], window.padding[i] = padding[i], window.dilation[i] = dilation[i];
      const int64_t size = x.size(2 + i), room = size + padding[i] + padding[2 + i] - dilation[i] * (kernel[i] - 1) - 1;
      TORCH_CHECK(room >= 0, "a picture with a side of ", size, " is smaller than the ", kernel[i], " pixels that a convolution looks at");
      (i == 0 ? window.rows : window.columns) = room / stride[i] + 1;
    }
    return window;
  }

  // Whether each pixel is made of one, its own.
  bool is_pointwise() const {
    const auto all = [](const std::vector<int64_t> &given, int64_t value) { return std::all_of(given.begin(), given.end(), [&](int64_t x) { return x == value; }); };
    return all(kernel, 1) && all(stride, 1) && all(padding, 0);
  }
};

at::Tensor batched(const at::Tensor &x) {
  TORCH_CHECK(x.dim() == 3 || x.dim() == 4, "a convolution over pictures got ", x.dim(), " dimensions");
  return x.dim() == 3 ? x.unsqueeze(0) : x;
}

// From (batch, rows, columns, channels) to what the graph expects, and back.
at::Tensor as_pictures(const at::Tensor &y, const at::Tensor &input) {
  const at::Tensor pictures = y.permute({0, 3, 1, 2});
  return input.dim() == 3 ? pictures.squeeze(0) : pictures;
}
at::Tensor channels_last(const at::Tensor &x) { return x.permute({0, 2, 3, 1}).contiguous(); }

// Of numbers that fill whole groups.
int64_t row_size(int64_t numbers, Precision precision) {
  const int64_t per = kernels::grouped(precision);
  return kernels::divided(numbers, per) * per;
}

void run_convolution(torch::jit::Stack &stack) {
  Arguments arguments(stack, 11);
  const at::Tensor input = arguments.tensor(), packed = arguments.tensor();
  const int64_t n = arguments.integer();
  TORCH_CHECK(n > 0, "a convolution gives ", n, " channels");
  ProductCall call{batched(input), packed, n, 0, arguments};
  const Geometry geometry(arguments);
  const auto precision = precision_of(packed);
  TORCH_CHECK(precision != Precision::int8 && geometry.fits(packed.numel()), "a convolution got a weight that does not fit its sides");
  const bool scattered = kernels::Product::scattered(call.x.size(1), precision);
  if (!scattered) call.x = channels_last(call.x).permute({0, 3, 1, 2});
  const Window window = geometry.on(call.x);
  call.k = row_size(window.taps() * window.channels, precision);
  // Where each pixel is made of its own, the pixels are rows already.
  call.window = !scattered && geometry.is_pointwise() ? nullptr : &window;
  const int64_t batch = call.x.size(0);
  std::vector<int64_t> sizes = {batch, n, window.rows, window.columns};
  if (input.dim() == 3) sizes.erase(sizes.begin());
  const Optional other = call.take_other_residual(sizes);
  if (call.residual) call.residual = channels_last(batched(*call.residual));
  const at::Tensor y = product(call, {batch, window.rows, window.columns, n});
  arguments.give(with_residual(as_pictures(y, input), other, call.last));
}

void run_depthwise(torch::jit::Stack &stack) {
  Arguments arguments(stack, 8);
  const at::Tensor input = arguments.tensor(), weight = arguments.tensor();
  const Optional bias = arguments.optional_tensor();
  const auto activation = arguments.activation();
  const Geometry geometry(arguments);
  const at::Tensor x = channels_last(batched(input));
  const int64_t channels = x.size(3);
  TORCH_CHECK(kernel_precision(x.scalar_type()) && are_here({x, weight}), "a convolution of each channel got ", x.scalar_type());
  TORCH_CHECK(geometry.fits(weight.numel()) && are_floats(weight, geometry.taps() * geometry.channels),
              "a convolution of each channel got ", channels, " channels, which do not fit its weight");
  TORCH_CHECK(are_floats(bias, geometry.channels), "a convolution of each channel got another number of biases, or not in f32");
  const Window window = geometry.on(x.permute({0, 3, 1, 2}));
  at::Tensor y = empty_reused({x.size(0), window.rows, window.columns, channels}, x.scalar_type());
  const kernels::Depthwise depthwise{precision_of(x),          y.numel() / channels,
                                     window,                   x.const_data_ptr(),
                                     weight.const_data_ptr<float>(), bias ? bias->const_data_ptr<float>() : nullptr,
                                     activation,               y.mutable_data_ptr()};
  if (y.numel() > 0) in_parallel(depthwise.tasks(), depthwise.room(), [&](kernels::Tasks &tasks, void *room) { depthwise.run(tasks, room); });
  arguments.give(as_pictures(y, input));
}

}  // namespace

at::Tensor pack_convolution(const at::Tensor &weight, Precision precision) {
  if (!kernels::Product::scattered(weight.size(1), precision)) return pack_linear(weight.permute({0, 2, 3, 1}).flatten(1), precision);
  const int64_t k = weight[0].numel();
  return pack_linear(at::constant_pad_nd(weight.flatten(1), {0, row_size(k, precision) - k}), precision);
}

extern const Operator convolution_operator = {
    "glyxel::convolution(Tensor x, Tensor packed, int n, Tensor? bias, Tensor? residual, int activation, int last, int[] kernel, int[] stride, int[] padding, "
    "int[] dilation) -> Tensor",
    run_convolution};

extern const Operator depthwise_operator = {
    "glyxel::depthwise(Tensor x, Tensor weight, Tensor? bias, int activation, int[] kernel, int[] stride, int[] padding, int[] dilation) -> Tensor",
    run_depthwise};

}  // namespace gx
