#include "module.h"

#include "archive.h"
#include "guard.h"
#include "memory.h"
#include "rewrites/rounding.h"
#include "values.h"

#include <torch/csrc/jit/serialization/export.h>

using torch::jit::IValue;
using torch::jit::Module;

extern "C" {

char *gx_module_load(gx_read read, void *context, uint64_t size, int32_t file, int32_t cuda, gx_module **out) {
  return gx::guard([&] {
    c10::Device device = cuda < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(cuda));
    gx::reserve_heap();
    *out = new gx_module{gx::read_archive(read, context, size, file, device), {}, false};
  });
}

char *gx_module_save(const gx_module *module, gx_write write, void *context, const char *const *names,
                     const char *const *contents, const size_t *lengths, size_t n) {
  return gx::guard([&] {
    torch::jit::ExtraFilesMap extra;
    for (size_t i = 0; i < n; i++) extra.emplace(names[i], std::string(contents[i], lengths[i]));
    torch::jit::ExportModule(
        module->module,
        [&](const void *bytes, size_t size) {
          size_t written = write(context, bytes, size);
          TORCH_CHECK(written == size, "writing the archive failed");
          return written;
        },
        extra);
  });
}

char *gx_module_has_method(const gx_module *module, const char *name, int32_t *out) {
  return gx::guard([&] { *out = module->module.find_method(name).has_value(); });
}

char *gx_module_call(const gx_module *module, const char *method, const gx_values *inputs, gx_values *outputs) {
  return gx::guard([&] { gx::spread(module->module.get_method(method)(inputs->stack), outputs->stack); });
}

char *gx_module_cast(gx_module *module, int32_t precision, int32_t int8) {
  return gx::guard([&] {
    module->int8 = int8 != 0;
    module->unrounded = gx::Unrounded(module->int8);
    const at::ScalarType kinds[] = {at::kFloat, at::kBFloat16, at::kHalf};
    const at::ScalarType kind = kinds[precision];
    for (Module m : module->module.modules()) {
      auto type = m.type();
      for (size_t i = 0; i < type->numAttributes(); i++) {
        const IValue &slot = m._ivalue()->getSlot(i);
        // Not buffers: tables of angles or positions lose what they are for, and cost nothing.
        if (!type->is_parameter(i) || !slot.isTensor() || !slot.toTensor().defined() || !slot.toTensor().is_floating_point()) continue;
        const at::Tensor exact = slot.toTensor().detach(), cast = gx::rounded(exact, kind);
        module->unrounded.add(cast, exact);
        m._ivalue()->setSlot(i, cast);
      }
    }
  });
}

void gx_module_free(gx_module *module) { delete module; }
}
