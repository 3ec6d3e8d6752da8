#include "rewrites.h"

#include <torch/csrc/jit/ir/constants.h>

namespace gx {

void set_devices(torch::jit::Block *block, c10::Device device) {
  for (auto it = block->nodes().begin(); it != block->nodes().end(); ++it) {
    Node *node = *it;
    for (auto *inner : node->blocks()) set_devices(inner, device);
    if (node->kind() != c10::prim::Constant || node->output()->type() != c10::DeviceObjType::get()) continue;
    torch::jit::WithInsertPoint at(node);
    node->output()->replaceAllUsesWith(node->owningGraph()->insertConstant(device));
    it.destroyCurrent();
  }
}

}  // namespace gx
