#include "onednn.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace gx {

namespace {

bool has_bf16() {
  return c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_is_mkldnn_bf16_supported", "").typed<bool()>().call();
}

}  // namespace

bool onednn_packs(at::ScalarType type) {
  static const bool bf16 = has_bf16();
  return type == at::kFloat || (type == at::kBFloat16 && bf16);
}

}  // namespace gx
