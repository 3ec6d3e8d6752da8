#include "values.h"

#include "guard.h"

namespace gx {

std::string readable(const std::string &what) {
  std::string text = what;
  // The interpreter puts its own traceback before the message that matters.
  if (auto at = text.rfind("RuntimeError: "); at != std::string::npos) text = text.substr(at + strlen("RuntimeError: "));
  if (auto at = text.find("\nException raised from"); at != std::string::npos) text.resize(at);
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.erase(text.begin());
  if (auto at = text.find('\n'); at != std::string::npos) text.resize(at);
  const size_t most = 400;
  if (text.size() > most) text = text.substr(0, most) + " …";
  return text.empty() ? "libtorch failed without saying why" : text;
}

char *message(const std::string &text) {
  char *copy = static_cast<char *>(malloc(text.size() + 1));
  if (copy == nullptr) return exhausted;
  memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

// What a method returned, one value for each output.
void spread(const c10::IValue &result, torch::jit::Stack &out) {
  auto checked = [](const c10::IValue &value) {
    TORCH_CHECK(value.isTensor() || value.isTensorList(), "a method returned a ", value.tagKind(),
                "; methods return tensors, lists of tensors, or tuples of these");
    return value;
  };
  if (result.isTuple()) {
    for (const auto &element : result.toTupleRef().elements()) out.push_back(checked(element));
  } else {
    out.push_back(checked(result));
  }
}

}  // namespace gx

extern "C" {

void gx_message_free(char *message) {
  if (message != gx::exhausted) free(message);
}

char *gx_values_new(gx_values **out) {
  return gx::guard([&] { *out = new gx_values; });
}

void gx_values_free(gx_values *values) { delete values; }

char *gx_values_push_tensor(gx_values *values, const gx_tensor *tensor) {
  return gx::guard([&] { values->stack.emplace_back(*tensor); });
}

char *gx_values_push_list(gx_values *values, const gx_tensor *const *tensors, size_t n) {
  return gx::guard([&] {
    c10::List<at::Tensor> list;
    list.reserve(n);
    for (size_t i = 0; i < n; i++) list.push_back(*tensors[i]);
    values->stack.emplace_back(std::move(list));
  });
}

size_t gx_values_count(const gx_values *values) { return values->stack.size(); }

int64_t gx_values_list_length(const gx_values *values, size_t i) {
  const auto &value = values->stack[i];
  return value.isTensorList() ? static_cast<int64_t>(value.toListRef().size()) : -1;
}

char *gx_values_tensor(const gx_values *values, size_t i, size_t j, gx_tensor **out) {
  return gx::guard([&] {
    const auto &value = values->stack.at(i);
    *out = new at::Tensor(value.isTensorList() ? value.toListRef().at(j).toTensor() : value.toTensor());
  });
}
}
