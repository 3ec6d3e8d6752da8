// The threads that our operators share their work with. Those of libtorch, OpenMP's, meet at a barrier behind every operator and spin there:
// on cores that others keep busy a short text then takes seconds. Here whoever has time takes what is left, and nobody waits for a thread
// that has not begun.
#pragma once
#include "kernels/tasks.h"

#include <cstddef>
#include <cstdint>

namespace gx {

// How many threads compute what this thread starts, itself among them.
void set_threads(int32_t threads);

// From begin to end in_parallel on this thread uses threads of our own, and libtorch's operators none but this one. May be nested.
void begin_own_threads();
void end_own_threads();

// From begin to end, as a scope.
class OwnThreads {
 public:
  OwnThreads() { begin_own_threads(); }
  ~OwnThreads() { end_own_threads(); }
  OwnThreads(const OwnThreads &) = delete;
  OwnThreads &operator=(const OwnThreads &) = delete;
};

// One thread's share of some work: what it can take of the tasks. `room`: memory of the thread's own.
using Share = void (*)(const void *work, kernels::Tasks &tasks, void *room);

// Runs n tasks side by side: on our own threads, or on libtorch's.
void in_parallel(int64_t n, size_t room, Share share, const void *work);

template <typename F>
void in_parallel(int64_t n, size_t room, const F &run) {
  in_parallel(
      n, room, [](const void *work, kernels::Tasks &tasks, void *room) { (*static_cast<const F *>(work))(tasks, room); }, &run);
}

}  // namespace gx
