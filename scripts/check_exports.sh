#!/bin/sh
# libglyxel.so exports what include/glyxel.map lists and the header declares, and finds libtorch relative to itself.
set -eu
cd "$(dirname "$0")/.."

library=${1:-target/release/libglyxel.so}
limit=15000000
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

complain() {
    echo "exports: $1" >&2
    failed=1
}

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > "$scratch/library"
sed -n 's/^ *\([a-z_0-9]*\);$/\1/p' include/glyxel.map | sort > "$scratch/map"
# The preprocessor drops the comments; a declared function is a name before a parenthesis, and what is inline is not exported.
"${CC:-cc}" -std=c99 -E -P include/glyxel.h | grep -v 'static inline' | grep -o '\<glyxel_[a-z_0-9]*[[:space:]]*(' | tr -d ' (' | sort -u > "$scratch/header"

diff -u "$scratch/map" "$scratch/library" || complain "$library (+) does not export what include/glyxel.map (-) lists"
diff -u "$scratch/map" "$scratch/header" || complain "include/glyxel.h (+) does not declare what include/glyxel.map (-) lists"

LC_ALL=C readelf -dW "$library" > "$scratch/dynamic"
grep -q '(SONAME).*\[libglyxel\.so\.1\]' "$scratch/dynamic" || complain "the soname of $library is not libglyxel.so.1"
grep -q '(FLAGS_1).*NODELETE' "$scratch/dynamic" || complain "$library can be unloaded under libtorch's threads: link it with -z nodelete"
paths=$(sed -n 's/.*(RUNPATH).*\[\(.*\)\]/\1/p' "$scratch/dynamic")
if [ -z "$paths" ]; then
    complain "$library has no run path: it will not find libtorch"
elif echo "$paths" | tr ':' '\n' | grep -qv '^\$ORIGIN'; then
    complain "the run path of $library is not relative to itself: $paths"
fi
! grep -E '\(NEEDED\).*\[lib(torch_cuda|torch_python|torch\.so|cud)' "$scratch/dynamic" || complain "$library needs more of libtorch than libtorch_cpu.so and libc10.so"

size=$(wc -c < "$library")
[ "$size" -lt $limit ] || complain "$library has $size bytes; $limit is the limit"

[ $failed = 0 ] && echo "exports: $(wc -l < "$scratch/map") names, $((size / 1000)) kB, as they should be"
exit $failed
