// What a graph tells before it runs: numbers, and conversions to a precision.
#pragma once
#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>

namespace gx {

bool is_tensor(const torch::jit::Value *value);

// A single number that is constant, also one that tracing made a tensor of.
std::optional<double> number(const torch::jit::Value *value);

// The precision that a constant names, if it is f32 or bf16.
std::optional<at::ScalarType> precision_named(const torch::jit::Value *type);

// The precision, f32 or bf16, that a node brings its first input to and does nowhere else: a device that it names is the program's own.
std::optional<at::ScalarType> conversion(const torch::jit::Node *node);

}  // namespace gx
