#define GX_SET avx512_bf16
#define GX_AVX512
#define GX_VNNI
#define GX_BF16
#include "vector/set.h"
