#pragma once
#include "shim.h"

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

struct gx_values {
  torch::jit::Stack stack;
};

namespace gx {
// What a method returned, one value for each output; anything but tensors and lists of them is an error.
void spread(const c10::IValue &result, torch::jit::Stack &out);
}  // namespace gx
