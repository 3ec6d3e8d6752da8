// Reading a TorchScript archive, as torch::jit::load does, but for where its weights come to be.
#pragma once
#include "shim.h"

#include <torch/csrc/jit/api/module.h>

namespace gx {

// `file`: the archive's file, if nobody writes to it as long as it is open; else -1. Its weights then stay in the file, mapped into memory:
// nothing is read that is not used, and what is not needed any more costs nothing.
torch::jit::Module read_archive(gx_read read, void *context, uint64_t size, int file, c10::Device device);

}  // namespace gx
