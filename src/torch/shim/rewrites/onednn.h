// What oneDNN, as libtorch has it, can do on this processor.
#pragma once
#include <c10/core/ScalarType.h>

namespace gx {

// Whether it packs weights of these numbers: f32, and bf16 where it has instructions for it.
bool onednn_packs(at::ScalarType type);

}  // namespace gx
