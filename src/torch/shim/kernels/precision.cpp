#include "precision.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gx::kernels {

bool has_tiles() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22)) != 0;  // AMX-BF16
#else
  return false;
#endif
}

}  // namespace gx::kernels
