#!/bin/sh
# What scripts/check_abi.sh finds and what it lets pass; and that programs of the first header, tests/c/first_header, still run.
set -u
cd "$(dirname "$0")/../.."

first=tests/c/first_header
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

try() {
    test=$1
    shift
    if "$@"; then echo "test $test ... ok"; else echo "test $test ... FAILED"; failed=1; fi
}

# changed SED: the header after an edit, which must have an effect.
changed() {
    sed "$1" include/glyxel.h > "$scratch/glyxel.h"
    ! cmp -s include/glyxel.h "$scratch/glyxel.h" || { echo "no effect: $1"; return 1; }
}

# refused WORD SED: after the edit the check fails, and says WORD.
refused() {
    changed "$2" || return 1
    if scripts/check_abi.sh "$scratch/glyxel.h" > "$scratch/said" 2>&1; then
        echo "not found: $2"
        return 1
    fi
    grep -q "$1" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

allowed() {
    changed "$1" && scripts/check_abi.sh "$scratch/glyxel.h"
}

# Where the first header's fields were, they are still.
layout() {
    "${CC:-cc}" -std=c11 -fsyntax-only -I"$1" $first/layout.c 2> "$scratch/said"
}

layout_refused() {
    changed "$1" && ! layout "$scratch" && grep -q 'has moved' "$scratch/said"
}

# Constants leave no trace in a binary: each of the first header has its value still.
constants() {
    {
        printf '#include "glyxel.h"\n'
        sed -n 's/^#define \(GLYXEL_[A-Z0-9_]*\) \([0-9][0-9]*\)$/_Static_assert(\1 == \2, "\1 is not \2 any more");/p' "$1"
    } > "$scratch/constants.c"
    [ "$(grep -c _Static_assert "$scratch/constants.c")" -gt 30 ] || { echo "constants were not understood"; return 1; }
    "${CC:-cc}" -std=c11 -fsyntax-only -Iinclude "$scratch/constants.c" 2> "$scratch/said"
}

constant_refused() {
    sed 's/^#define GLYXEL_DOT 1$/#define GLYXEL_DOT 2/' $first/glyxel.h > "$scratch/first.h"
    ! constants "$scratch/first.h" && grep -q 'GLYXEL_DOT is not 2' "$scratch/said"
}

# run SOURCE ARGUMENTS...: built against the first header, with today's library.
run() {
    "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -pedantic -I$first "$1" -o "$scratch/program" -Ltarget/release -lglyxel -lm \
        -Wl,-rpath,"$PWD/target/release" || return 1
    shift
    OMP_WAIT_POLICY=passive "$scratch/program" "$@"
}

try header_is_compatible scripts/check_abi.sh
try parameter_of_another_type refused glyxel_top_k '/^glyxel_status glyxel_top_k(/,/);/s/size_t k,/uint32_t k,/'
try pointer_to_another_type refused glyxel_quantize '/^glyxel_status glyxel_quantize(/,/);/s/uint8_t \*out/int8_t *out/'
try parameter_more refused glyxel_shutdown 's/glyxel_shutdown(uint64_t timeout_ms/glyxel_shutdown(int32_t how, uint64_t timeout_ms/'
try result_of_another_type refused glyxel_model_dim 's/^size_t glyxel_model_dim/uint32_t glyxel_model_dim/'
try function_less refused glyxel_pairs_count '/^size_t glyxel_pairs_count/d'
try field_in_the_middle refused glyxel_image '/^typedef struct glyxel_image {/,/^}/s/^  uint32_t width;/  uint32_t depth, width;/'
try field_of_another_type refused glyxel_embed_options '/^typedef struct glyxel_embed_options {/,/^}/s/^  uint32_t dim;/  float dim;/'
try struct_without_a_size_grows refused glyxel_str 's/^} glyxel_str;/  int32_t language;\n} glyxel_str;/'
try callback_of_another_type refused glyxel_log_set 's/^typedef void (\*glyxel_log_callback)(int32_t level/typedef void (*glyxel_log_callback)(int64_t level/'
try field_at_the_end_is_looked_at refused glyxel_task_options 's/^} glyxel_task_options;/  const glyxel_str *hints;\n  size_t n_hints;\n} glyxel_task_options;/'
try function_more allowed 's/^size_t glyxel_model_dim/size_t glyxel_model_layers(const glyxel_model *m);\n\nsize_t glyxel_model_dim/'
try fields_of_the_first_header layout include
try field_in_the_middle_moves_others layout_refused '/^typedef struct glyxel_image {/,/^}/s/^  uint32_t width;/  uint32_t depth, width;/'
try constants_of_the_first_header constants $first/glyxel.h
try constant_of_another_value constant_refused
try program_of_the_first_header_runs run $first/program.c tests/fixtures "$scratch/cache"
try struct_size_of_the_past run tests/c/old_binary.c tests/fixtures/bert/st_mean "$scratch/cache"
exit $failed
