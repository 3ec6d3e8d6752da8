// A program: a module frozen for inference, its graphs rewritten for the device, run without an executor in between.
#include "guard.h"
#include "memory.h"
#include "module.h"
#include "operators/operators.h"
#include "rewrites/aside.h"
#include "rewrites/rewrites.h"
#include "threads.h"
#include "values.h"
#include "without.h"

#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/peephole.h>
#include <torch/csrc/jit/passes/remove_dropout.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <map>

#ifdef __GLIBC__
#include <malloc.h>
#endif

using torch::jit::Code;
using torch::jit::Graph;
using torch::jit::Module;

struct gx_program {
  Module module;
  std::unordered_map<std::string, std::pair<std::shared_ptr<Graph>, Code>> methods;
};

namespace {

void clean(std::shared_ptr<Graph> &graph) {
  gx::eliminate_common_subexpressions(graph);
  torch::jit::ConstantPropagation(graph);
  torch::jit::PeepholeOptimize(graph);
  gx::pool_constants(graph);
  torch::jit::EliminateDeadCode(graph);
}

struct Rewrite {
  const char *name;
  // Whether it is for processors on which prepacked weights pay.
  bool packs;
  void (*apply)(std::shared_ptr<Graph> &graph, gx::Weights &weights);
};

// In their order: each finds what those before it leave.
const Rewrite rewrites[] = {
    {"remove_mutation", false, [](auto &graph, auto &) { gx::remove_mutation(graph); }},
    // Before precisions are aligned, which would round the statistics.
    {"fold_batch_norm", false, [](auto &graph, auto &weights) { gx::fold_batch_norm(*graph, weights); }},
    // Before precisions are aligned, which would take the constant's for that of what it is joined with.
    {"remove_empty_parts", false, [](auto &graph, auto &) { gx::remove_empty_parts(graph); }},
    {"align_precisions", false, [](auto &graph, auto &) { gx::align_precisions(*graph); }},
    {"written_out_activation", false, [](auto &graph, auto &) { gx::written_out_activation(graph); }},
    {"merge_linears", false,
     [](auto &graph, auto &weights) {
       gx::eliminate_common_subexpressions(graph);
       gx::merge_linears(graph, weights);
     }},
    {"prepack_linear", true, [](auto &graph, auto &weights) { gx::prepack_linear(graph, weights); }},
    {"own_attention", true, [](auto &graph, auto &) { gx::own_attention(*graph); }},
    {"written_out_attention", true, [](auto &graph, auto &) { gx::written_out_attention(graph); }},
    {"own_layer_norm", true, [](auto &graph, auto &weights) { gx::own_layer_norm(*graph, weights); }},
    {"own_rms_norm", true, [](auto &graph, auto &weights) { gx::own_rms_norm(graph, weights); }},
    {"own_rotary", true, [](auto &graph, auto &) { gx::own_rotary(graph); }},
    {"own_convolution", true, [](auto &graph, auto &weights) { gx::own_convolution(graph, weights); }},
    {"prepack_convolution", true, [](auto &graph, auto &weights) { gx::prepack_convolution(graph, weights); }},
};

void count(torch::jit::Block *block, std::map<std::string, size_t> &operators) {
  for (const auto *node : block->nodes()) {
    for (auto *inner : const_cast<torch::jit::Node *>(node)->blocks()) count(inner, operators);
    if (!node->kind().is_prim()) operators[node->kind().toQualString()]++;
  }
}

// glibc keeps what was freed for later; what a model took while it was loaded is not needed again.
void give_back_memory() {
  gx::forget_reused();
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

extern "C" {

// Consumes the module's weights: afterwards it must only be freed.
char *gx_program_new(gx_module *module, const char *const *methods, size_t n, int32_t cuda, int32_t prepack,
                     gx_program **out) {
  return gx::guard([&] {
    c10::Device device = cuda < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(cuda));
    // What there is to compute is small: libtorch's threads would wait for each other more than they do.
    gx::OwnThreads threads;
    module->module.eval();
    gx::register_operators();
    // Before freezing, which evaluates what is constant, on the device that the constants name.
    for (Module m : module->module.modules()) {
      for (const auto &method : m.get_methods()) gx::set_devices(method.graph()->block(), device);
    }
    std::vector<std::string> names(methods, methods + n);
    torch::jit::freeze_module_inplace(&module->module, names);
    auto program = std::make_unique<gx_program>(gx_program{std::exchange(module->module, Module()), {}});
    auto weights = std::make_unique<gx::Weights>(program->module, std::exchange(module->unrounded, gx::Unrounded()), module->int8);
    for (const auto &name : names) {
      auto graph = program->module.get_method(name).graph();
      torch::jit::Inline(*graph);
      torch::jit::removeDropout(graph);
      clean(graph);
      for (const auto &rewrite : rewrites) {
        if ((prepack || !rewrite.packs) && !gx::left_out(rewrite.name)) rewrite.apply(graph, *weights);
      }
      clean(graph);
      torch::jit::runRequiredPasses(graph);
      program->methods.emplace(name, std::make_pair(graph, Code(graph, name)));
    }
    weights->pack_all();
    *out = program.release();
    weights.reset();
    give_back_memory();
  });
}

char *gx_program_run(const gx_program *program, const char *method, const gx_values *inputs, gx_values *outputs) {
  return gx::guard([&] {
    c10::InferenceMode inference;
    torch::jit::Stack stack;
    stack.reserve(inputs->stack.size() + 1);
    stack.emplace_back(program->module._ivalue());
    stack.insert(stack.end(), inputs->stack.begin(), inputs->stack.end());
    const auto &code = program->methods.at(method).second;
    TORCH_CHECK(stack.size() == code.num_inputs(), "method ", method, " takes ", code.num_inputs() - 1, " inputs, not ",
                inputs->stack.size());
    torch::jit::InterpreterState(code).run(stack);
    for (const auto &value : stack) gx::spread(value, outputs->stack);
  });
}

char *gx_program_element(const gx_program *program, const char *method, size_t n, gx_program **out) {
  return gx::guard([&] {
    auto graph = program->methods.at(method).first->copy();
    TORCH_CHECK(graph->outputs().size() == 1, "method ", method, " returns several values, not a list");
    auto *list = graph->outputs()[0]->node();
    TORCH_CHECK(list->kind() == torch::jit::prim::ListConstruct && n < list->inputs().size(), "method ", method,
                " returns no list with an element ", n);
    auto *element = list->inputs()[n];
    graph->eraseOutput(0);
    graph->registerOutput(element);
    torch::jit::EliminateDeadCode(graph);
    auto part = std::make_unique<gx_program>(gx_program{program->module, {}});
    part->methods.emplace(method, std::make_pair(graph, Code(graph, method)));
    *out = part.release();
  });
}

char *gx_program_graph(const gx_program *program, const char *method, char **out) {
  return gx::guard([&] { *out = gx::message(program->methods.at(method).first->toString(/*print_source_locations=*/false)); });
}

char *gx_program_operators(const gx_program *program, const char *method, char **out) {
  return gx::guard([&] {
    std::map<std::string, size_t> operators;
    count(program->methods.at(method).first->block(), operators);
    std::string lines;
    for (const auto &[name, times] : operators) lines += name + " " + std::to_string(times) + "\n";
    *out = gx::message(lines);
  });
}

void gx_program_free(gx_program *program) {
  delete program;
  give_back_memory();
}
}
