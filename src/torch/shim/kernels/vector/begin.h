// GX_KERNELS_BEGIN and GX_KERNELS_END: what stands between them is compiled for the instructions of GX_TARGET.
#pragma once

#define GX_PRAGMA(TEXT) _Pragma(#TEXT)
#if defined(__clang__)
#define GX_BEGIN(TARGET) GX_PRAGMA(clang attribute push(__attribute__((target(TARGET))), apply_to = function))
#define GX_KERNELS_END _Pragma("clang attribute pop")
#else
#define GX_BEGIN(TARGET) _Pragma("GCC push_options") GX_PRAGMA(GCC target(TARGET))
#define GX_KERNELS_END _Pragma("GCC pop_options")
#endif
#define GX_KERNELS_BEGIN GX_BEGIN(GX_TARGET)
