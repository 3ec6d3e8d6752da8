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
  const bool keeps_state = __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 27)) != 0;
  if (!keeps_state || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & (1u << 22)) == 0) return false;  // AMX-BF16
  // The processor may have tiles, and the system not keep them for its processes.
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned tiles = 3u << 17;
  return (low & tiles) == tiles;
}

#else

bool has_avx_vnni() { return false; }
bool has_tiles() { return false; }

#endif

}  // namespace gx::kernels
