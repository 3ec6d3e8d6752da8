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

// How many threads the OpenMP and the MKL that libtorch is linked with, whatever their files are called, give to the calling thread.
// (at::set_num_threads would speak for the whole process.)
struct OfLibtorch {
  void (*set_open_mp)(int) = nullptr;
  int (*open_mp)() = nullptr;
  // Gives back what it was. Once libtorch has set it for a thread, which it does with OpenMP's, MKL goes by it alone, its logarithms and tangents, too.
  int (*set_mkl)(int) = nullptr;

  OfLibtorch() {
    Dl_info libtorch;
    if (dladdr(reinterpret_cast<void *>(&at::get_num_threads), &libtorch) == 0) return;
    void *const handle = dlopen(libtorch.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) return;
    set_open_mp = reinterpret_cast<void (*)(int)>(dlsym(handle, "omp_set_num_threads"));
    open_mp = reinterpret_cast<int (*)()>(dlsym(handle, "omp_get_max_threads"));
    set_mkl = reinterpret_cast<int (*)(int)>(dlsym(handle, "MKL_Set_Num_Threads_Local"));
    dlclose(handle);
  }

  // MKL's number before.
  int give(int count, int of_mkl) const {
    if (set_open_mp != nullptr) set_open_mp(count);
    return set_mkl != nullptr ? set_mkl(of_mkl) : 0;
  }
};

const OfLibtorch &of_libtorch() {
  static const OfLibtorch found;
  return found;
}

thread_local int32_t threads = 1;
thread_local std::unique_ptr<Team> own;
thread_local int own_begun = 0;
thread_local int libtorch_threads = 0, mkl_threads = 0;

// What a helper computes with libtorch it computes alone.
void use_no_thread_of_libtorchs() {
  at::get_num_threads();  // the first question sets the thread's number
  of_libtorch().give(1, 1);
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
    libtorch_threads = of_libtorch().open_mp == nullptr ? 0 : of_libtorch().open_mp();
    if (libtorch_threads > 0) mkl_threads = of_libtorch().give(1, 1);
  }
  own_begun++;  // last: what throws has begun nothing
}

void end_own_threads() {
  if (--own_begun > 0 || libtorch_threads == 0) return;
  of_libtorch().give(libtorch_threads, mkl_threads);
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
