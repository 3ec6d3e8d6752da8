// All kernels as the set that the file including this one names, in the instructions that it defines.
#include "../sets.h"

#if defined(__x86_64__)

#include "attention.h"
#include "depthwise.h"
#include "layer_norm.h"
#include "product.h"
#include "rotary.h"

#define GX_NAME_OF(SET) #SET
#define GX_NAME(SET) GX_NAME_OF(SET)

namespace gx::kernels {

extern const Set GX_SET = {GX_NAME(GX_SET), panel, {tasks, room, run}, {tasks, room, run}, {tasks, room, run}, {tasks, room, run}, {tasks, room, run}};

}  // namespace gx::kernels

#endif
