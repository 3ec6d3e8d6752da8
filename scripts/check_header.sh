#!/bin/sh
# include/glyxel.h compiles alone and twice over, as C99 and as C++17, without a warning, and so does the C program
# that the README and two pages of docs/ show. That it is what src/ffi says is a test's to find: tests/header.rs.
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
for page in classification reranking; do
    # Each block is a file of its own.
    awk -v out="$scratch/$page" '/^```c$/ { on = 1; n++; next } /^```/ { on = 0 } on { print > (out n ".c") }' "docs/$page.md"
    for block in "$scratch/$page"*.c; do
        "${CC:-cc}" -std=c99 $strict "$block"
    done
done
echo 'header: compiles as C99 and as C++17'
