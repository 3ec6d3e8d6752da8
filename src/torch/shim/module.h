#pragma once
#include "rewrites/unrounded.h"
#include "shim.h"

#include <torch/csrc/jit/api/module.h>

struct gx_module {
  torch::jit::Module module;
  // Of parameters that were cast: what a half precision should round only once, at the end (see gx::Unrounded).
  gx::Unrounded unrounded;
  // Whether linear layers are to compute in int8.
  bool int8 = false;
};
