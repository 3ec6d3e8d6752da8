# Installing, and the archives that are given to others.

PREFIX ?= /usr/local
DESTDIR ?=
# 0: without libtorch, for a machine that has one.
LIBTORCH_BUNDLED ?= 1

PACKAGED := $(LIB) target/licenses/crates.txt $(CPP_HEADERS) $(wildcard scripts/package/* examples/c/* examples/cpp/*)

## install: PREFIX (default: /usr/local), DESTDIR, LIBTORCH_BUNDLED=0: library, headers, pkg-config, CMake package, libtorch
install: $(PACKAGED)
	scripts/package/install.sh '$(DESTDIR)$(PREFIX)' '$(LIBTORCH_BUNDLED)'

## dist: archives with and without libtorch, the Unity package and the NuGet layout, in target/dist
# Where there is Mono, scripts/make/csharp.mk adds the assembly that the NuGet layout is for.
dist: $(PACKAGED)
	scripts/package/dist.py

## test-packages: what install and dist make, by pkg-config and CMake, with no environment variable set
test-packages: test-packages-install test-packages-dist

test-packages-install: $(PACKAGED) target/packages/minilm.pt target/packages/lite0.pt $(CATS)
	scripts/suite install --needs pkg-config=pkg-config --needs cmake=cmake -- tests/packages/install.py

test-packages-dist: dist target/packages/minilm.pt target/packages/lite0.pt $(CATS)
	scripts/suite dist --needs pkg-config=pkg-config -- tests/packages/dist.py

target/packages/minilm.pt: $(CLI) $(MINILM)
	@mkdir -p $(@D)
	GLYXEL_CACHE=target/test-cache $(CLI) convert $(MINILM) -q -o $@

target/packages/lite0.pt: $(CLI) $(LITE0)
	@mkdir -p $(@D)
	GLYXEL_CACHE=target/test-cache $(CLI) convert $(LITE0) -q -o $@

target/licenses/crates.txt: Cargo.lock Cargo.toml scripts/package/licenses.py
	scripts/package/licenses.py $@

## footprint: sizes, memory and the glibc that is needed, for docs/deployment.md
footprint: target/footprint/footprint target/packages/minilm.pt target/packages/lite0.pt dist
	OMP_WAIT_POLICY=passive scripts/footprint

target/footprint/footprint: benches/footprint.c include/glyxel.h $(LIB)
	@mkdir -p $(@D)
	$(C99) $< -o $@ -Ltarget/release -lglyxel -Wl,-rpath,'$$ORIGIN/../release'

SUITES += test-packages
.PHONY: install dist footprint test-packages test-packages-install test-packages-dist
