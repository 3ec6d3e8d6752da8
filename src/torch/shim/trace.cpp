// Tracing: the module's weights are its named parameters, so that the archive reads like the checkpoint.
#include "guard.h"
#include "module.h"
#include "values.h"

#include <torch/csrc/jit/frontend/tracer.h>

using torch::jit::Module;
using torch::jit::Stack;

namespace {

Module child(Module parent, const std::string &name) {
  if (parent.hasattr(name)) return parent.attr(name).toModule();
  // One compilation unit for all, or methods could not be added to the root.
  Module module(c10::QualifiedName("__torch__.glyxel.Part"), parent._ivalue()->compilation_unit(), /*shouldMangle=*/true);
  parent.register_module(name, module);
  return module;
}

}  // namespace

extern "C" {

char *gx_module_new(gx_module **out) {
  return gx::guard([&] {
    *out = new gx_module{Module(c10::QualifiedName("__torch__.glyxel.Model"), std::make_shared<torch::jit::CompilationUnit>()), {}};
  });
}

char *gx_module_set_parameter(gx_module *module, const char *name, const gx_tensor *tensor) {
  return gx::guard([&] {
    Module owner = module->module;
    std::string rest = name;
    for (size_t dot; (dot = rest.find('.')) != std::string::npos; rest = rest.substr(dot + 1)) {
      owner = child(owner, rest.substr(0, dot));
    }
    if (owner.hasattr(rest)) {
      owner.setattr(rest, *tensor);
    } else {
      owner.register_parameter(rest, *tensor, /*is_buffer=*/false);
    }
  });
}

char *gx_module_trace(gx_module *module, const char *method, const gx_values *inputs, const char *const *names,
                      gx_forward forward, void *context) {
  return gx::guard([&] {
    std::vector<std::string> argument_names(names, names + inputs->stack.size());
    auto traced = torch::jit::tracer::trace(
        inputs->stack,
        [&](Stack stack) {
          gx_values in{std::move(stack)}, out;
          TORCH_CHECK(forward(context, &in, &out) == 0, "the traced function failed");
          if (out.stack.size() > 1) return Stack{c10::ivalue::Tuple::create(std::move(out.stack))};
          return std::move(out.stack);
        },
        [](const at::Tensor &) { return std::string(); },
        // Not strict: lists as outputs are what decoders return, and nothing of ours changes their length.
        /*strict=*/false, /*force_outplace=*/false, &module->module, argument_names);
    auto type = module->module.type();
    auto *function = module->module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*type->name(), method), traced.first->graph);
    type->addMethod(function);
  });
}
}
