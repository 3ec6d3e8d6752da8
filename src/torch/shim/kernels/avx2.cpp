#include "sets.h"

#if defined(__x86_64__)

#include "vector/attention.h"
#include "vector/depthwise.h"
#include "vector/layer_norm.h"
#include "vector/product.h"

namespace gx::kernels {

extern const Set avx2 = {"avx2", panel, {tasks, room, run}, {tasks, room, run}, {tasks, room, run}, {tasks, room, run}};

}  // namespace gx::kernels

#endif
