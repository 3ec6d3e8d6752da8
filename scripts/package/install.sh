#!/bin/sh
# install.sh PREFIX BUNDLED: lays glyxel out under PREFIX. What make dist packs is such a folder, too.
#
#   include/       glyxel.h, glyxel.hpp, glyxel/*.hpp
#   lib/           libglyxel.so.1, libglyxel.so, pkgconfig/, cmake/
#   lib/glyxel/    libtorch, if BUNDLED is 1; with LIBTORCH set and BUNDLED 0, links to it
#   share/         licenses/glyxel/, glyxel/examples/
set -eu
prefix=$1
bundled=$2
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
libtorch=target/libtorch
licenses=$prefix/share/licenses/glyxel

# A file that is in use is replaced, not written over.
put() { install -D -m "$1" "$2" "$3"; }
fill() { sed "s/@VERSION@/$version/g" "$1" > "$2"; chmod 644 "$2"; }

case $bundled in
0 | 1) ;;
*)
    echo "LIBTORCH_BUNDLED is $bundled: it is 1, to install libtorch too, or 0" >&2
    exit 1
    ;;
esac

put 644 include/glyxel.h "$prefix/include/glyxel.h"
put 644 bindings/cpp/glyxel.hpp "$prefix/include/glyxel.hpp"
for header in bindings/cpp/glyxel/*.hpp; do
    put 644 "$header" "$prefix/include/glyxel/${header##*/}"
done

put 755 target/release/libglyxel.so "$prefix/lib/libglyxel.so.1"
ln -sf libglyxel.so.1 "$prefix/lib/libglyxel.so"
mkdir -p "$prefix/lib/pkgconfig" "$prefix/lib/cmake/glyxel"
fill scripts/package/glyxel.pc.in "$prefix/lib/pkgconfig/glyxel.pc"
fill scripts/package/glyxel-config-version.cmake.in "$prefix/lib/cmake/glyxel/glyxel-config-version.cmake"
put 644 scripts/package/glyxel-config.cmake "$prefix/lib/cmake/glyxel/glyxel-config.cmake"

for file in LICENSE LICENSE-APACHE LICENSE-MIT; do
    put 644 "$file" "$licenses/$file"
done
put 644 target/licenses/crates.txt "$licenses/crates.txt"

for example in examples/c/*.c examples/cpp/*.cpp examples/texts.txt; do
    put 644 "$example" "$prefix/share/glyxel/$example"
done

# libtorch.so is for building glyxel; what the library opens for CUDA it looks for beside libtorch_cpu.so.
for file in "$libtorch"/lib/*.so*; do
    name=${file##*/}
    if [ "$name" = libtorch.so ]; then
        continue
    elif [ "$bundled" = 1 ]; then
        put 755 "$file" "$prefix/lib/glyxel/$name"
    elif [ -L "$file" ]; then
        mkdir -p "$prefix/lib/glyxel"
        ln -sf "$(readlink -f "$file")" "$prefix/lib/glyxel/$name"
    fi
done
if [ "$bundled" = 1 ]; then
    if [ -d "$libtorch/licenses" ]; then
        (cd "$libtorch" && find licenses -type f) | while read -r file; do
            put 644 "$libtorch/$file" "$licenses/libtorch/${file#licenses/}"
        done
        put 644 scripts/package/libgomp.txt "$licenses/libtorch/libgomp.txt"
    else
        echo "install: the licences of this libtorch are not installed, since $libtorch/licenses is not there: see its own" >&2
    fi
elif [ ! -e "$prefix/lib/glyxel/libtorch_cpu.so" ]; then
    echo "install: libtorch is not in it. Link the libraries of a libtorch 2.11 into $prefix/lib/glyxel: docs/deployment.md" >&2
fi
