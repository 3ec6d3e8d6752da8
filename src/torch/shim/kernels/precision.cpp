#include "precision.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gx::kernels {

#if defined(__x86_64__)

bool available(Precision precision) {
  const bool f32 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  switch (precision) {
    case Precision::f32: return f32;
    case Precision::bf16: return f32 && __builtin_cpu_supports("avx512bf16");
    case Precision::int8: return f32 && __builtin_cpu_supports("avx512vnni");
  }
  return false;
}

bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22)) != 0;  // AMX-BF16
}

#else

bool available(Precision) { return false; }
bool has_tiles() { return false; }

#endif

}  // namespace gx::kernels
