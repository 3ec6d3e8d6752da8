// Turns exceptions into messages, cut to what a person can use.
#pragma once
#include <c10/util/Exception.h>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

namespace gx {

// The first line of what libtorch says, without the interpreter's traceback and C++ frames.
std::string readable(const std::string &what);
char *message(const std::string &text);

// Said when there is no memory left to say anything else; never freed.
inline char exhausted[] = "out of memory";

template <typename F>
char *guard(F &&body) noexcept {
  try {
    try {
      body();
      return nullptr;
    } catch (const c10::Error &e) {
      return message(readable(e.what_without_backtrace()));
    } catch (const std::exception &e) {
      return message(readable(e.what()));
    } catch (...) {
      return message("libtorch threw something that is not an exception");
    }
  } catch (...) {
    return exhausted;
  }
}

}  // namespace gx
