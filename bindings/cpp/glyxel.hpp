/// glyxel for C++17: header-only over glyxel.h, whose conventions hold here, too. README.md beside this file begins with an
/// example.
///
/// - A class that owns something of the library's is move-only and frees it. One that was moved from is empty: calls on it give
///   Status::invalid_argument.
/// - Every function may be called from any thread at any time. What is const may be shared between threads.
/// - Texts, pictures and vectors come in as views and are not copied; they need to live until the call returns.
/// - A function that can fail returns Result<T>. With exceptions that is T itself, and glyxel::Error is thrown. Without
///   (-fno-exceptions, or GLYXEL_NO_EXCEPTIONS defined) it holds a T or an Error: glyxel/error.hpp.
/// - Errors that any function can give are listed at the top of glyxel.h, the others with the C function of the same name.
#ifndef GLYXEL_HPP
#define GLYXEL_HPP

#include "glyxel/centroids.hpp"
#include "glyxel/error.hpp"
#include "glyxel/library.hpp"
#include "glyxel/max_sim.hpp"
#include "glyxel/model.hpp"
#include "glyxel/quantized.hpp"
#include "glyxel/similarity.hpp"
#include "glyxel/tokens.hpp"
#include "glyxel/views.hpp"

#endif
