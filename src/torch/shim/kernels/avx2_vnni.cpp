#define GX_SET avx2_vnni
#define GX_VNNI
#include "vector/set.h"
