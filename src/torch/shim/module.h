#pragma once
#include "shim.h"

#include <torch/csrc/jit/api/module.h>

struct gx_module {
  torch::jit::Module module;
};
