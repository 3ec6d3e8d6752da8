#!/bin/sh
# check_abi.sh [HEADER]: the header's functions and types are still those that tests/abi/glyxel.abi has, or new ones beside them.
#
# The library carries no types: rustc makes it, and it is stripped. So a stub library is made from the header, each function with an
# empty body, and its debug information is compared with the committed dump. Allowed: functions, constants and types that are new, and
# fields at the end of structs that begin with struct_size (tests/abi/growth.abignore). GLYXEL_UPDATE_ABI=1 writes the dump anew,
# which is right only for what is new.
set -eu
cd "$(dirname "$0")/.."

header=${1:-include/glyxel.h}
dump=tests/abi/glyxel.abi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A declaration on lines of its own ends with ");": it gets a body instead of the semicolon.
{
    "${CC:-cc}" -std=c99 -E -P "$header" | awk '
        /^[a-z].*[ *]glyxel_[a-z_0-9]+\(/ && !/^(static|typedef)/ { open = 1; nothing = /^void glyxel/ }
        open && /\);$/ { sub(/;$/, nothing ? " {}" : " { return 0; }"); open = 0 }
        { print }'
} > "$scratch/stub.c"
"${CC:-cc}" -std=c99 -g -shared -fPIC -w "$scratch/stub.c" -o "$scratch/libglyxel.so" -Wl,-soname,libglyxel.so.1

# What was not understood would not be compared.
nm -D --defined-only "$scratch/libglyxel.so" | awk '{ print $3 }' | sort > "$scratch/stub"
"${CC:-cc}" -std=c99 -E -P "$header" | grep -v 'static inline' | grep -o '\<glyxel_[a-z_0-9]*[[:space:]]*(' | tr -d ' (' | sort -u > "$scratch/declared"
diff -u "$scratch/declared" "$scratch/stub" || { echo "abi: not every function of $header (-) is in the stub (+)" >&2; exit 1; }

if [ -n "${GLYXEL_UPDATE_ABI:-}" ]; then
    # Without paths and line numbers, which say nothing about the interface.
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs "$scratch/libglyxel.so" > "$dump"
    echo "abi: wrote $dump"
    exit
fi
if abidiff --no-added-syms "$dump" "$scratch/libglyxel.so" > "$scratch/report" 2>&1; then
    echo "abi: $(wc -l < "$scratch/declared") functions, and none that $dump has is changed"
else
    cat "$scratch/report" >&2
    echo "abi: $header has changed what programs rely on (above): change it back, or add something new beside it" >&2
    exit 1
fi
