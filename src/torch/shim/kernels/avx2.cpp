#define GX_SET avx2
#include "vector/set.h"
