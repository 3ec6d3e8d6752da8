// What is known of the sizes of pictures inside a graph before any picture is there: enough to tell that two are equal.
#pragma once
#include "convolution.h"

namespace gx {

// A value's sizes: batch, height and width follow from those of `root`, whatever they are.
struct Sizes {
  // How a size becomes another: (size + more) / stride, rounded down, + 1. Stride 0: it becomes 1.
  struct Step {
    int64_t more, stride;
    bool operator==(const Step &other) const { return more == other.more && stride == other.stride; }
  };
  using Steps = std::vector<Step>;

  const Value *root;
  // Height's and width's.
  std::array<Steps, 2> steps;
  std::optional<int64_t> channels;
  // With the sizes comes the precision, for a sum is one more thing if its operands differ in it.
  std::optional<at::ScalarType> type;
  // About what height and width are for a usual picture; nothing but speed may hang on it.
  int64_t side;

  bool operator==(const Sizes &other) const {
    return root == other.root && steps == other.steps && channels == other.channels && type == other.type;
  }
};

class SizesOf {
 public:
  const Sizes &operator()(const Value *value);

 private:
  Sizes find(const Value *value);
  std::map<const Value *, Sizes> known_;
};

}  // namespace gx
