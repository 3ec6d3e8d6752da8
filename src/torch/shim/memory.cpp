#include "memory.h"

#include <ATen/EmptyTensor.h>
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace gx {

namespace {

// Smaller ones cost nothing; and so many bytes at most wait for their next use.
constexpr size_t small = 32 << 10, most_idle = 64 << 20;

struct Block {
  void *memory;
  size_t size;
};

// Large blocks are mapped one by one, so that the system has them back at once: in the heap they would leave holes, for glibc sends there what it
// first mapped by itself.
constexpr size_t large = 1 << 20;

void *system_memory(size_t n) {
#ifdef __linux__
  if (n >= large) {
    void *const memory = mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(memory != MAP_FAILED, "there is no memory left for ", n, " bytes");
    return memory;
  }
#endif
  return c10::alloc_cpu(n);
}

void give_to_system(void *memory, size_t n) {
#ifdef __linux__
  if (n >= large) {
    munmap(memory, n);
    return;
  }
#endif
  c10::free_cpu(memory);
}

// The block's size stands before what is given out, in a cache line of its own.
constexpr size_t header = 64;

class Reused : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t n) override {
    Block block = take(n);
    if (block.memory == nullptr) {
      outgrow(n);
      // Batches differ a little in size: a step of an eighth lets the next one have it.
      size_t step = 1;
      while (step * 16 <= n) step *= 2;
      block.size = (n + step - 1) / step * step;
      block.memory = system_memory(block.size + header);
    }
    std::memcpy(block.memory, &block.size, sizeof(block.size));
    return {static_cast<char *>(block.memory) + header, block.memory, give_back, c10::Device(c10::kCPU)};
  }

  void copy_data(void *to, const void *from, size_t n) const override { default_copy_data(to, from, n); }

  void forget() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const Block &block : idle_) free(block);
    idle_.clear();
    idle_bytes_ = 0;
  }

 private:
  // The smallest that is large enough, unless half of it would be wasted.
  Block take(size_t n) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto best = idle_.end();
    for (auto at = idle_.begin(); at != idle_.end(); at++) {
      if (at->size >= n && at->size / 2 <= n && (best == idle_.end() || at->size < best->size)) best = at;
    }
    if (best == idle_.end()) return {nullptr, 0};
    const Block block = *best;
    idle_.erase(best);
    idle_bytes_ -= block.size;
    return block;
  }

  // The largest block that is too small by less than half: the one that is now taken in its place will do for what it did.
  void outgrow(size_t n) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto last = idle_.end();
    for (auto at = idle_.begin(); at != idle_.end(); at++) {
      if (at->size < n && at->size >= n / 2 && (last == idle_.end() || at->size > last->size)) last = at;
    }
    if (last == idle_.end()) return;
    free(*last);
    idle_bytes_ -= last->size;
    idle_.erase(last);
  }

  static void free(const Block &block) { give_to_system(block.memory, block.size + header); }
  static void give_back(void *memory);

  void keep(Block block) {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(block);
    idle_bytes_ += block.size;
    // Those that have waited longest go.
    size_t gone = 0;
    while (idle_bytes_ > most_idle) {
      idle_bytes_ -= idle_[gone].size;
      free(idle_[gone++]);
    }
    idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(gone));
  }

  std::mutex mutex_;
  std::vector<Block> idle_;
  size_t idle_bytes_ = 0;
};

// Never destroyed: a tensor may be given back at the very end of the process.
Reused &reused() {
  static auto *const reused = new Reused();
  return *reused;
}

void Reused::give_back(void *memory) {
  Block block{memory, 0};
  std::memcpy(&block.size, memory, sizeof(block.size));
  reused().keep(block);
}

}  // namespace

at::Tensor empty_reused(at::IntArrayRef sizes, at::ScalarType type) {
  size_t bytes = c10::elementSize(type);
  for (int64_t size : sizes) bytes *= static_cast<size_t>(size);
  c10::Allocator *const allocator = bytes < small ? c10::GetCPUAllocator() : &reused();
  return at::detail::empty_generic(sizes, allocator, c10::DispatchKeySet(c10::DispatchKey::CPU), type, std::nullopt);
}

void forget_reused() { reused().forget(); }

void reserve_heap() {
#ifdef __GLIBC__
  // The heap of a thread that is not the first one, once it has grown, only drops pages. These blocks are as large as it takes: larger
  // ones come from elsewhere. Nothing is written to them.
  constexpr size_t block = 96 << 10;
  std::array<void *, 256> blocks;
  for (void *&memory : blocks) memory = std::malloc(block);
  for (void *memory : blocks) std::free(memory);
#endif
}

}  // namespace gx
