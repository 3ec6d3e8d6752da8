#!/bin/sh
# compiles.sh [clang++]: the C++ header covers the C header, and compiles by file and in every mode without a warning; by another compiler,
# if one is named.
set -u
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
strict='-Wall -Wextra -Werror -pedantic -Wconversion -Wshadow -fsyntax-only -Iinclude -Ibindings/cpp'
failed=0

try() {
    test=$1
    shift
    if "$@"; then echo "test $test ... ok"; else echo "test $test ... FAILED"; failed=1; fi
}

# Each function of the header is called somewhere in the C++ header.
covers() {
    "${CC:-cc}" -E -P include/glyxel.h | grep -v 'static inline' | grep -o '\<glyxel_[a-z_0-9]*[[:space:]]*(' | tr -d ' (' | sort -u > "$scratch/header"
    cat bindings/cpp/glyxel/*.hpp | sed 's://.*::' | grep -o '\<glyxel_[a-z_0-9]*\>' | sort -u > "$scratch/used"
    [ "$(wc -l < "$scratch/header")" -gt 40 ] || { echo 'include/glyxel.h was not understood'; return 1; }
    left=$(comm -23 "$scratch/header" "$scratch/used")
    [ -z "$left" ] || { echo "not in bindings/cpp:" $left; return 1; }
}

# Constants too: a new metric or status needs its name in an enum.
names_constants() {
    sed -n 's/^#define \(GLYXEL_[A-Z0-9_]*\) [0-9]*$/\1/p' include/glyxel.h | sort -u > "$scratch/header"
    cat bindings/cpp/glyxel/*.hpp | grep -o '\<GLYXEL_[A-Z0-9_]*\>' | sort -u > "$scratch/used"
    left=$(comm -23 "$scratch/header" "$scratch/used")
    [ -z "$left" ] || { echo "not in bindings/cpp:" $left; return 1; }
}

each_file() {
    for header in bindings/cpp/glyxel.hpp bindings/cpp/glyxel/*.hpp; do
        printf '#include "%s"\n#include "%s"\n' "${header#bindings/cpp/}" "${header#bindings/cpp/}" > "$scratch/twice.cpp"
        "$@" $strict "$scratch/twice.cpp" || return 1
    done
}

throwing='tests/cpp/main.cpp tests/cpp/views.cpp tests/cpp/models.cpp tests/cpp/tasks.cpp tests/cpp/tokens.cpp tests/cpp/vectors.cpp tests/cpp/same_as_c.cpp'
returning='tests/cpp/main.cpp tests/cpp/views.cpp tests/cpp/returning.cpp'

if [ $# = 1 ]; then
    try clang_compiles_it "$1" -std=c++17 $strict $throwing
    try clang_compiles_it_without_exceptions "$1" -std=c++17 -fno-exceptions $strict $returning
else
    try the_cpp_header_covers_the_c_header covers
    try the_cpp_header_names_all_constants names_constants
    try each_cpp_header_compiles_alone each_file "${CXX:-g++}" -std=c++17
    try compiles_as_cpp20 "${CXX:-g++}" -std=c++20 $strict $throwing
    try compiles_without_exceptions_by_choice "${CXX:-g++}" -std=c++17 -DGLYXEL_NO_EXCEPTIONS $strict $returning
fi
exit $failed
