#!/bin/sh
# include/glyxel.h compiles alone and twice over, as C99 and as C++17, without a warning, and so does the C code
# that the README shows. That it is what src/ffi says is a test's to find: tests/header.rs.
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '#include "glyxel.h"\n#include "glyxel.h"\n' > "$scratch/twice.c"
cp "$scratch/twice.c" "$scratch/twice.cpp"
strict='-Wall -Wextra -Werror -pedantic -fsyntax-only -Iinclude'

"${CC:-cc}" -std=c99 $strict "$scratch/twice.c"
"${CXX:-c++}" -std=c++17 $strict "$scratch/twice.cpp"
sed -n '/^```c$/,/^```$/{/^```/d;p;}' README.md > "$scratch/readme.c"
grep -q main "$scratch/readme.c"
"${CC:-cc}" -std=c99 $strict "$scratch/readme.c"
echo 'header: compiles as C99 and as C++17'
