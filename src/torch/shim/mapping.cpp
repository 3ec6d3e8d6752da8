#include "mapping.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#define GX_MAPS
#endif

namespace gx {

#ifdef GX_MAPS

namespace {

struct Part {
  std::shared_ptr<const Mapping> mapping;
  char *begin;
  size_t size;
};

// Its pages are the file's again; those at its ends may be its neighbours', too.
void give_back(void *context) {
  const std::unique_ptr<Part> part(static_cast<Part *>(context));
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)), begin = reinterpret_cast<uintptr_t>(part->begin);
  const uintptr_t first = (begin + page - 1) / page * page, end = (begin + part->size) / page * page;
  if (first < end) madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED);
}

}  // namespace

std::shared_ptr<const Mapping> Mapping::of(int file, uint64_t size) {
  if (file < 0 || size == 0 || size > SIZE_MAX) return nullptr;
  const auto bytes = static_cast<size_t>(size);
  void *const begin = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (begin == MAP_FAILED) return nullptr;
  return std::shared_ptr<const Mapping>(new Mapping(static_cast<char *>(begin), bytes));
}

Mapping::~Mapping() { munmap(begin_, size_); }

c10::DataPtr Mapping::part(const std::shared_ptr<const Mapping> &mapping, size_t offset, size_t size) {
  char *const begin = mapping->begin_ + offset;
  return {begin, new Part{mapping, begin, size}, give_back, c10::Device(c10::kCPU)};
}

#else

std::shared_ptr<const Mapping> Mapping::of(int, uint64_t) { return nullptr; }
Mapping::~Mapping() = default;
c10::DataPtr Mapping::part(const std::shared_ptr<const Mapping> &, size_t, size_t) { return {}; }

#endif

}  // namespace gx
