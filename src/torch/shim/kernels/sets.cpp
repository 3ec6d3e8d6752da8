#include "sets.h"

#include "without.h"

namespace gx::kernels {

#if defined(__x86_64__)

extern const Set avx2, avx2_vnni, avx512, avx512_vnni, avx512_bf16;

namespace {

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx2_vnni() { return has_avx2() && has_avx_vnni(); }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}
bool has_avx512_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
// Intel's multiply half as many bf16 as f32 in the time (90 beside 187 GFLOP/s on one core): widened they are twice as fast.
bool has_avx512_bf16() { return has_avx512_vnni() && __builtin_cpu_supports("avx512bf16") && !__builtin_cpu_is("intel"); }

const Set *newest() {
  const struct {
    const Set &set;
    bool (*is_here)();
  } oldest_first[] = {{avx2, has_avx2}, {avx2_vnni, has_avx2_vnni}, {avx512, has_avx512}, {avx512_vnni, has_avx512_vnni}, {avx512_bf16, has_avx512_bf16}};
  const Set *found = nullptr;
  for (const auto &[set, is_here] : oldest_first) {
    if (left_out(set.name)) break;
    if (is_here()) found = &set;
  }
  return found;
}

}  // namespace

const Set *chosen() {
  // Weights that were packed for one set must not meet another's kernels.
  static const Set *const set = newest();
  return set;
}

bool has_fast_bf16() { return chosen() == &avx512_bf16; }

#else

const Set *chosen() { return nullptr; }
bool has_fast_bf16() { return false; }

#endif

int64_t Product::tasks() const { return chosen()->product.tasks(*this); }
size_t Product::room() const { return chosen()->product.room(*this); }
void Product::run(Tasks &tasks, void *room) const { chosen()->product.run(*this, tasks, room); }

int64_t Attention::tasks() const { return chosen()->attention.tasks(*this); }
size_t Attention::room() const { return chosen()->attention.room(*this); }
void Attention::run(Tasks &tasks, void *room) const { chosen()->attention.run(*this, tasks, room); }

int64_t LayerNorm::tasks() const { return chosen()->layer_norm.tasks(*this); }
size_t LayerNorm::room() const { return chosen()->layer_norm.room(*this); }
void LayerNorm::run(Tasks &tasks, void *room) const { chosen()->layer_norm.run(*this, tasks, room); }

int64_t Depthwise::tasks() const { return chosen()->depthwise.tasks(*this); }
size_t Depthwise::room() const { return chosen()->depthwise.room(*this); }
void Depthwise::run(Tasks &tasks, void *room) const { chosen()->depthwise.run(*this, tasks, room); }

int64_t Rotary::tasks() const { return chosen()->rotary.tasks(*this); }
size_t Rotary::room() const { return chosen()->rotary.room(*this); }
void Rotary::run(Tasks &tasks, void *room) const { chosen()->rotary.run(*this, tasks, room); }

}  // namespace gx::kernels
