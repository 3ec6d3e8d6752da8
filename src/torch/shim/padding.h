// Batches of texts that are not all as long: which of their tokens are texts, and which only fill a row up. Operators of ours compute the texts alone; their
// products, layer norms and attention give zeros in the places of the rest.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace gx {

class Padding {
 public:
  // For each text how many of the `length` tokens of its row are its own, from the first on.
  Padding(const int64_t *lengths, size_t n, int64_t length);

  // Whether a tensor's sizes are those of all tokens of the batch: (texts, tokens, values).
  bool is_in(at::IntArrayRef sizes) const;

  // Of each text how many tokens it has, and the places of all of them among the tokens of all rows.
  const std::vector<int64_t> &lengths() const { return lengths_; }
  const std::vector<int32_t> &places() const { return places_; }

  // Fills a contiguous tensor (texts, tokens, values) with zeros where no text is.
  void clear(const at::Tensor &x) const;

 private:
  std::vector<int64_t> lengths_;
  int64_t length_;
  std::vector<int32_t> places_;
};

// From begin to end what this thread runs is a batch of such texts. Not nested.
void begin_padding(const int64_t *lengths, size_t n, int64_t length);
void end_padding();

// That of tensors with such sizes on this thread, or null: all of it is computed.
const Padding *padding_of(at::IntArrayRef sizes);

}  // namespace gx
