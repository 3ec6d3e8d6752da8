// Threads that help one other with its work. Knows no libtorch.
#pragma once
#include "kernels/tasks.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace gx {

// Something that several threads can do, each what it takes of the tasks.
struct Job {
  void (*share)(const void *of, kernels::Tasks &tasks);
  const void *of;
};

class Team {
 public:
  // Fewer helpers if the system has no more threads to give.
  // begin: what each helper does before all else.
  Team(int helpers, void (*begin)());
  ~Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;

  // Runs tasks 0 to n, fewer than 2^32: the calling thread does what no helper takes, and waits for those only that have taken something. Always the same
  // thread calls. An exception of a share is thrown here.
  void run(int64_t n, Job job);

 private:
  // Tasks that are not taken yet: first and end, in one number.
  class alignas(64) Range {
   public:
    void give(uint64_t first, uint64_t end);
    bool take_first(int64_t &first, int64_t &end);
    bool take_last(int64_t &first, int64_t &end);

   private:
    std::atomic<uint64_t> bounds_{0};
  };
  class Left;

  void help(size_t who);
  void share(size_t who);

  std::vector<std::thread> helpers_;

  // The job; read by helpers that are inside while it is open.
  Job job_{};
  std::vector<Range> parts_;  // one for each thread, the calling one's first
  std::exception_ptr failure_;

  // Each in a cache line of its own, so that waiting for one does not slow the others down.
  alignas(64) std::atomic<uint64_t> number_{0};
  std::atomic<bool> open_{false};
  alignas(64) std::atomic<int> inside_{0};

  alignas(64) std::atomic<int> sleeping_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> ended_{false};
};

}  // namespace gx
