// GLYXEL_WITHOUT names rewrites and instruction sets to be left out, with commas between them: to find the one that does harm.
#pragma once
#include <cstdlib>
#include <string>

namespace gx {

inline bool left_out(const char *name) {
  const char *listed = std::getenv("GLYXEL_WITHOUT");
  return listed != nullptr && ("," + std::string(listed) + ",").find("," + std::string(name) + ",") != std::string::npos;
}

}  // namespace gx
