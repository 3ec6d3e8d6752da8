#include "threads.h"

#include "team.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <dlfcn.h>

#include <memory>
#include <utility>
#include <vector>

namespace gx {

namespace {

// How many threads the OpenMP that libtorch is linked with, whatever its file is called, gives to the calling thread. (at::set_num_threads
// would speak for the whole process.)
struct OpenMp {
  void (*set)(int) = nullptr;
  int (*get)() = nullptr;

  OpenMp() {
    Dl_info libtorch;
    if (dladdr(reinterpret_cast<void *>(&at::get_num_threads), &libtorch) == 0) return;
    void *const handle = dlopen(libtorch.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) return;
    set = reinterpret_cast<void (*)(int)>(dlsym(handle, "omp_set_num_threads"));
    get = reinterpret_cast<int (*)()>(dlsym(handle, "omp_get_max_threads"));
    dlclose(handle);
  }
};

const OpenMp &open_mp() {
  static const OpenMp found;
  return found;
}

thread_local int32_t threads = 1;
thread_local std::unique_ptr<Team> own;
thread_local int own_begun = 0;
thread_local int libtorch_threads = 0;

// What a helper computes with libtorch it computes alone.
void use_no_thread_of_libtorchs() {
  if (open_mp().set != nullptr) open_mp().set(1);
}

// Grown to what was asked for last; never given back but with the thread: it is some hundred kilobytes.
void *room_of(size_t bytes) {
  thread_local std::vector<char> memory;
  if (memory.size() < bytes) memory.resize(bytes);
  return memory.data();
}

// Tasks that are one thread's from the beginning.
class Given : public kernels::Tasks {
 public:
  Given(int64_t first, int64_t end) : first_(first), end_(end) {}

  bool take(int64_t &first, int64_t &end) override {
    first = first_, end = end_;
    return std::exchange(first_, end_) < end_;
  }

 private:
  int64_t first_, end_;
};

// A loop over n bytes that nobody reads: libtorch has no other way in to its threads.
void on_libtorchs(int64_t n, Job job) {
  at::Tensor bytes = at::empty({n}, at::kByte);
  char *const begin = static_cast<char *>(bytes.mutable_data_ptr());
  at::TensorIteratorConfig config;
  config.set_check_mem_overlap(false).check_all_same_dtype(false).resize_outputs(false).add_output(bytes);
  at::TensorIterator loop = config.build();
  loop.for_each(
      [&](char **data, const int64_t *, int64_t count, int64_t) {
        const int64_t first = *data - begin;
        Given tasks(first, first + count);
        job.share(job.of, tasks);
      },
      /*grain_size=*/1);
}

}  // namespace

void set_threads(int32_t count) {
  threads = count;
  own.reset();
}

void begin_own_threads() {
  if (own_begun == 0) {
    if (open_mp().set != nullptr && open_mp().get != nullptr) {
      libtorch_threads = open_mp().get();
      open_mp().set(1);
    }
  }
  own_begun++;  // last: what throws has begun nothing
}

void end_own_threads() {
  if (--own_begun > 0 || libtorch_threads == 0) return;
  open_mp().set(libtorch_threads);
}

void in_parallel(int64_t n, size_t room, Share share, const void *work) {
  struct Work {
    Share share;
    const void *work;
    size_t room;
  };
  const Work of{share, work, room};
  const Job job{[](const void *of, kernels::Tasks &tasks) {
                  const auto &work = *static_cast<const Work *>(of);
                  work.share(work.work, tasks, room_of(work.room));
                },
                &of};
  if (n <= 1) {
    Given tasks(0, n);
    return job.share(job.of, tasks);
  }
  if (own_begun > 0) {
    if (!own) own = std::make_unique<Team>(threads - 1, use_no_thread_of_libtorchs);
    return own->run(n, job);
  }
  on_libtorchs(n, job);
}

}  // namespace gx
