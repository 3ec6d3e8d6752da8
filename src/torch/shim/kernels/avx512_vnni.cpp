#define GX_SET avx512_vnni
#define GX_AVX512
#define GX_VNNI
#include "vector/set.h"
