#include "sets.h"

#include "without.h"

namespace gx::kernels {

#if defined(__x86_64__)

extern const Set avx2, avx512;

namespace {

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512(Precision precision) {
  const bool f32 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  switch (precision) {
    case Precision::f32: return f32;
    case Precision::bf16: return f32 && __builtin_cpu_supports("avx512bf16");
    case Precision::int8: return f32 && __builtin_cpu_supports("avx512vnni");
  }
  return false;
}

const Set *fastest(Precision precision) {
  if (has_avx512(precision) && !left_out("avx512")) return &avx512;
  // bf16 and int8 need nothing beyond AVX2 there.
  if (has_avx2() && !left_out("avx2")) return &avx2;
  return nullptr;
}

}  // namespace

const Set *set_of(Precision precision) {
  // Weights that were packed for one set must not meet another's kernels.
  static const Set *const sets[] = {fastest(Precision::f32), fastest(Precision::bf16), fastest(Precision::int8)};
  return sets[static_cast<int>(precision)];
}

bool writes_bf16(Precision precision) { return set_of(precision) == &avx2 || (set_of(precision) == &avx512 && has_avx512(Precision::bf16)); }

#else

const Set *set_of(Precision) { return nullptr; }
bool writes_bf16(Precision) { return false; }

#endif

int64_t Product::tasks() const { return set_of(precision)->product.tasks(*this); }
size_t Product::room() const { return set_of(precision)->product.room(*this); }
void Product::run(Tasks &tasks, void *room) const { set_of(precision)->product.run(*this, tasks, room); }

int64_t Attention::tasks() const { return set_of(precision)->attention.tasks(*this); }
size_t Attention::room() const { return set_of(precision)->attention.room(*this); }
void Attention::run(Tasks &tasks, void *room) const { set_of(precision)->attention.run(*this, tasks, room); }

int64_t LayerNorm::tasks() const { return set_of(numbers)->layer_norm.tasks(*this); }
size_t LayerNorm::room() const { return set_of(numbers)->layer_norm.room(*this); }
void LayerNorm::run(Tasks &tasks, void *room) const { set_of(numbers)->layer_norm.run(*this, tasks, room); }

int64_t Depthwise::tasks() const { return set_of(numbers)->depthwise.tasks(*this); }
size_t Depthwise::room() const { return set_of(numbers)->depthwise.room(*this); }
void Depthwise::run(Tasks &tasks, void *room) const { set_of(numbers)->depthwise.run(*this, tasks, room); }

}  // namespace gx::kernels
