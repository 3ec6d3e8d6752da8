#include "guard.h"
#include "kernels/sets.h"
#include "operators/operators.h"
#include "padding.h"
#include "shim.h"
#include "threads.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <caffe2/core/common.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/operator.h>

namespace {

class Silence : public c10::WarningHandler {
  void process(const c10::Warning &) override {}
};

}  // namespace

extern "C" {

char *gx_process_start(void) {
  return gx::guard([] {
    gx_keep_statics();
    // The profiling executor would specialise and recompile on the first calls; our graphs come optimised.
    torch::jit::getProfilingMode() = false;
    torch::jit::getExecutorMode() = false;
    at::globalContext().setFloat32MatmulPrecision("highest");
    // f32 means f32 on every device.
    at::globalContext().setAllowTF32CuBLAS(false);
    at::globalContext().setAllowTF32CuDNN(false);
    // The first question about an operator has libtorch read what all of them are called and take, which no load should wait for.
    torch::jit::getAllOperatorsFor(c10::aten::linear);
  });
}

char *gx_thread_start(int32_t threads) {
  return gx::guard([&] {
    // A library prints nothing: libtorch's advice to people who write Python has no reader here.
    static Silence silence;
    c10::WarningUtils::set_warning_handler(&silence);
    at::set_num_threads(threads);
    // The first question makes the number this thread's, too; later it would undo what was set for the thread since.
    at::get_num_threads();
    gx::set_threads(threads);
    c10::GradMode::set_enabled(false);
  });
}

char *gx_own_threads_begin(void) {
  return gx::guard([] { gx::begin_own_threads(); });
}

void gx_own_threads_end(void) { gx::end_own_threads(); }

char *gx_padding_begin(const int64_t *lengths, size_t n, int64_t length) {
  return gx::guard([&] { gx::begin_padding(lengths, n, length); });
}

void gx_padding_end(void) { gx::end_padding(); }

const char *gx_kernel_set(int32_t precision) { return gx::kernel_set(static_cast<gx::kernels::Precision>(precision)); }

int32_t gx_multiplies_bf16(void) { return gx::kernels::has_tiles() || gx::kernels::has_fast_bf16() ? 1 : 0; }

// Of the library that was loaded, not of the headers: the loaded one writes its own version into its build settings.
const char *gx_libtorch_version(void) {
  static const std::string version = [] {
    // Not at::show_config, which asks about CUDA and so would settle on having none.
    const auto &options = caffe2::GetBuildOptions();
    auto found = options.find("TORCH_VERSION");
    return found == options.end() ? std::string("unknown") : found->second;
  }();
  return version.c_str();
}

// Only after libtorch_cuda has been opened: asking earlier would install stub hooks for good.
char *gx_cuda_check(int32_t index, int32_t *count) {
  return gx::guard([&] {
    const auto &hooks = at::detail::getCUDAHooks();
    TORCH_CHECK(hooks.hasCUDA(), "CUDA was asked for after libtorch had settled on having none in this process");
    *count = static_cast<int32_t>(hooks.deviceCount());
    TORCH_CHECK(index < *count, "there is no CUDA device ", index, "; this machine has ", *count);
    at::globalContext().lazyInitDevice(c10::kCUDA);
  });
}
}
