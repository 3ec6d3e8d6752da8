// Work that several threads share: what one of them is to do next.
#pragma once
#include <cstdint>

namespace gx::kernels {

class Tasks {
 public:
  // The next ones for this thread, `first` to before `end`; false if none are left.
  virtual bool take(int64_t &first, int64_t &end) = 0;

 protected:
  ~Tasks() = default;
};

}  // namespace gx::kernels
