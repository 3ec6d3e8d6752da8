#include "team.h"

#include <algorithm>
#include <chrono>
#include <system_error>

namespace gx {

namespace {

// How long a helper looks out for the next job before it sleeps: longer than it is from one operator to the next, shorter than waking up
// would be worth.
constexpr std::chrono::microseconds patience(1000);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// How long it holds on to its core meanwhile; then another thread may have it, which is perhaps the one that is waited for.
constexpr std::chrono::microseconds selfishness(20);

// Waits without sleeping until something holds, but not for longer than our patience.
template <typename F>
bool soon(const F &holds) {
  const auto begin = std::chrono::steady_clock::now();
  for (auto waited = begin - begin; waited < patience; waited = std::chrono::steady_clock::now() - begin) {
    for (int i = 0; i < 64; i++) {
      if (holds()) return true;
      pause();
    }
    if (waited > selfishness) std::this_thread::yield();
  }
  return false;
}

// How many of so many tasks are taken at once.
uint64_t few(uint64_t n) { return std::max<uint64_t>(1, n / 4); }

}  // namespace

void Team::Range::give(uint64_t first, uint64_t end) { bounds_ = first << 32 | end; }

bool Team::Range::take_first(int64_t &first, int64_t &end) {
  uint64_t bounds = bounds_, from, to, rest;
  do {
    from = bounds >> 32, to = bounds & 0xffffffff;
    if (from >= to) return false;
    rest = from + few(to - from);
  } while (!bounds_.compare_exchange_weak(bounds, rest << 32 | to));
  first = static_cast<int64_t>(from), end = static_cast<int64_t>(rest);
  return true;
}

bool Team::Range::take_last(int64_t &first, int64_t &end) {
  uint64_t bounds = bounds_, from, to, rest;
  do {
    from = bounds >> 32, to = bounds & 0xffffffff;
    if (from >= to) return false;
    rest = to - few(to - from);
  } while (!bounds_.compare_exchange_weak(bounds, from << 32 | rest));
  first = static_cast<int64_t>(rest), end = static_cast<int64_t>(to);
  return true;
}

Team::Team(int helpers, void (*begin)()) : parts_(static_cast<size_t>(helpers) + 1) {
  for (int i = 1; i <= helpers; i++) {
    try {
      helpers_.emplace_back([this, i, begin] {
        begin();
        help(static_cast<size_t>(i));
      });
    } catch (const std::system_error &) {
      return;  // there are as many as there are
    }
  }
}

Team::~Team() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    number_++;
  }
  wake_.notify_all();
  for (auto &helper : helpers_) helper.join();
}

void Team::run(int64_t n, Job job) {
  // Nobody is inside now, and what comes inside while nothing is open looks at nothing else.
  job_ = job, failure_ = nullptr;
  const uint64_t count = parts_.size(), tasks = static_cast<uint64_t>(n);
  for (uint64_t i = 0; i < count; i++) parts_[i].give(tasks * i / count, tasks * (i + 1) / count);
  open_ = true;
  number_++;
  if (sleeping_.exchange(0) > 0) {
    std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  share(0);
  open_ = false;
  const auto left = [this] { return inside_ == 0; };
  while (!soon(left)) continue;
  if (failure_) std::rethrow_exception(failure_);
}

// Each has a part of its own, the same one in every job, so that it finds in its cache what it wrote before; whoever is done takes
// from the ends of the others' parts.
class Team::Left : public kernels::Tasks {
 public:
  Left(std::vector<Range> &parts, size_t own) : parts_(parts), own_(own) {}

  bool take(int64_t &first, int64_t &end) override {
    if (parts_[own_].take_first(first, end)) return true;
    for (size_t i = 1; i < parts_.size(); i++) {
      if (parts_[(own_ + i) % parts_.size()].take_last(first, end)) return true;
    }
    return false;
  }

 private:
  std::vector<Range> &parts_;
  size_t own_;
};

void Team::share(size_t who) {
  Left left(parts_, who);
  try {
    job_.share(job_.of, left);
  } catch (...) {
    std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::current_exception();
  }
}

void Team::help(size_t who) {
  uint64_t seen = 0;
  const auto called = [&] { return number_ != seen; };
  for (;;) {
    if (!soon(called)) {
      std::unique_lock<std::mutex> lock(mutex_);
      sleeping_++;
      wake_.wait(lock, called);
    }
    seen = number_;
    if (ended_) return;
    inside_++;
    if (open_) share(who);
    inside_--;
  }
}

}  // namespace gx
