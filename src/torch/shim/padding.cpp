#include "padding.h"

#include <c10/util/Exception.h>

#include <cstring>
#include <limits>
#include <memory>

namespace gx {

namespace {

thread_local std::unique_ptr<const Padding> current;

}  // namespace

Padding::Padding(const int64_t *lengths, size_t n, int64_t length) : lengths_(lengths, lengths + n), length_(length) {
  TORCH_CHECK(length > 0 && n <= static_cast<size_t>(std::numeric_limits<int32_t>::max() / length), "a batch of ", n, " texts of ", length, " tokens is too large");
  for (size_t text = 0; text < n; text++) {
    TORCH_CHECK(lengths[text] > 0 && lengths[text] <= length, "a text of ", lengths[text], " tokens is in a batch of texts of ", length);
    for (int64_t token = 0; token < lengths[text]; token++) places_.push_back(static_cast<int32_t>(static_cast<int64_t>(text) * length + token));
  }
}

bool Padding::is_in(at::IntArrayRef sizes) const {
  return sizes.size() == 3 && sizes[0] == static_cast<int64_t>(lengths_.size()) && sizes[1] == length_;
}

void Padding::clear(const at::Tensor &x) const {
  char *row = static_cast<char *>(x.mutable_data_ptr());
  const size_t token = static_cast<size_t>(x.size(2)) * x.element_size();
  for (const int64_t own : lengths_) {
    std::memset(row + static_cast<size_t>(own) * token, 0, static_cast<size_t>(length_ - own) * token);
    row += static_cast<size_t>(length_) * token;
  }
}

void begin_padding(const int64_t *lengths, size_t n, int64_t length) { current = std::make_unique<const Padding>(lengths, n, length); }
void end_padding() { current.reset(); }

const Padding *padding_of(at::IntArrayRef sizes) { return current && current->is_in(sizes) ? current.get() : nullptr; }

}  // namespace gx
