#include "precision.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gx::kernels {

#if defined(__x86_64__)

// What compilers' own questions leave out.
bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4)) != 0;
}

bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22)) != 0;  // AMX-BF16
}

#else

bool has_avx_vnni() { return false; }
bool has_tiles() { return false; }

#endif

}  // namespace gx::kernels
