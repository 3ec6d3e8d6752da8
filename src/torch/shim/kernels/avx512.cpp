#define GX_SET avx512
#define GX_AVX512
#include "vector/set.h"
