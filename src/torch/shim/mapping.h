// A file mapped into memory, parts of which tensors hold.
#pragma once
#include <c10/core/Allocator.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gx {

class Mapping {
 public:
  // None if there is no such file, or the system can't.
  static std::shared_ptr<const Mapping> of(int file, uint64_t size);
  ~Mapping();
  Mapping(const Mapping &) = delete;
  Mapping &operator=(const Mapping &) = delete;

  // Memory of a storage. It may be written to, which the file does not see; once it is given back, its pages are.
  static c10::DataPtr part(const std::shared_ptr<const Mapping> &mapping, size_t offset, size_t size);

 private:
  Mapping(char *begin, size_t size) : begin_(begin), size_(size) {}
  char *const begin_;
  const size_t size_;
};

}  // namespace gx
