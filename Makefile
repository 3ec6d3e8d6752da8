# `make help` lists the targets. Everything made or fetched goes under target/.

# The one place where cargo, torch-sys and the library look for libtorch is target/libtorch: scripts/fetch makes that folder stand
# for $(LIBTORCH) where it is set. Seen by torch-sys, a changed path would only rebuild its C++, which takes minutes.
unexport LIBTORCH LIBTORCH_LIB LIBTORCH_INCLUDE LIBTORCH_USE_PYTORCH LIBTORCH_STATIC
export CARGO_TARGET_DIR := $(CURDIR)/target

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

PYTHON ?= python3
CFLAGS ?= -O2
C99 = $(CC) -std=c99 $(CFLAGS) -Wall -Wextra -Werror -pedantic -Iinclude

# One set of features for all that is built here: with another, cargo would compile everything a second time, the C++ included.
FEATURES := --features cli

LIB := target/release/libglyxel.so
CLI := target/release/glyxel
MINILM := target/models/all-MiniLM-L6-v2
MPNET := target/models/all-mpnet-base-v2
LITE0 := target/models/tf_efficientnet_lite0
REVIEWS := target/data/reviews.txt
RATINGS := target/data/ratings.tsv
WORDSIM := target/data/wordsim353.tsv
PHOTOS := target/data/photos
CATS := target/data/cats
USEARCH := target/usearch

## demo: fetch what is needed, build the library and the C examples, and run them
demo: target/demo/similarity target/demo/classify $(MINILM) $(LITE0) $(CATS)
	target/demo/similarity $(MINILM)
	target/demo/classify $(LITE0) $(CATS)/n02123045_281_tabby_cat.jpg

## demo-vectors: find duplicates among 10,605 film reviews, and learn from a few which ones praise (minutes)
demo-vectors: target/demo/duplicates target/demo/few_shot $(MINILM) $(REVIEWS) $(RATINGS)
	target/demo/duplicates $(MINILM) $(REVIEWS)
	target/demo/few_shot $(MINILM) $(RATINGS)

## demo-photos: sort the photos by what they show, with the real EfficientNet-Lite0, and by how alike they are
demo-photos: target/demo/sort_photos $(LITE0) $(PHOTOS)
	target/demo/sort_photos label $(LITE0) $(PHOTOS)
	target/demo/sort_photos 0.7 $(LITE0) $(PHOTOS)

## demo-search: ask questions of the pages in docs/
demo-search: target/demo/search_texts $(MINILM)
	target/demo/search_texts $(MINILM) docs 'How much memory do a million vectors take?' 'Which pictures are refused?'

## build: target/release/libglyxel.so (the default)
build: $(LIB)

## cli: target/release/glyxel, the command line
cli: $(CLI)

## test: all tests, fetching what they need; suites whose tools are not here say so in a line
# What other files add is a test, too. A target runs one suite, so that --keep-going leaves none out behind one that failed.
SUITES := test-rust
test:
	@$(MAKE) --no-print-directory --keep-going $(SUITES)

## test-rust: the library's own tests
# Several tests compute at once, and OpenMP's threads would spin on cores that others need.
test-rust: $(LIB) $(MINILM) $(LITE0) $(PHOTOS) $(CATS)
	OMP_WAIT_POLICY=passive cargo test --release $(FEATURES) --no-fail-fast

## header: write include/glyxel.h anew from src/ffi
header: target/libtorch/.source
	GLYXEL_UPDATE_HEADER=1 cargo test --release $(FEATURES) --test header

## check: formatting, lints, the header, the exported names
check: $(LIB)
	cargo fmt --check
	cargo clippy --release $(FEATURES) --all-targets -- -D warnings
	scripts/check_header.sh
	scripts/check_exports.sh

## parity: compare with transformers, sentence-transformers and timm at full size (installs them in target/venv)
parity: $(LIB) $(MINILM) $(MPNET) $(REVIEWS) $(WORDSIM) $(LITE0) $(PHOTOS) $(CATS) target/venv/.installed
	target/venv/bin/python tests/python/parity.py --lib $(LIB) --minilm $(MINILM) --mpnet $(MPNET) --reviews $(REVIEWS)
	target/venv/bin/python tests/python/parity_heads.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS)
	target/venv/bin/python tests/python/parity_similarity.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS)
	target/venv/bin/python tests/python/parity_tokens.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS)
	target/venv/bin/python tests/python/wordsim.py --lib $(LIB) --data $(WORDSIM) $(MINILM) $(MPNET)
	target/venv/bin/python tests/python/parity_jpeg.py --lib $(LIB)
	target/venv/bin/python tests/python/parity_images.py --lib $(LIB) --lite0 $(LITE0) --photos $(PHOTOS) --cats $(CATS)
	target/venv/bin/python tests/python/parity_foreign.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS) --photos $(PHOTOS)

## index-check: compile and run what docs/similarity.md shows for usearch and faiss (needs libfaiss-dev)
index-check: $(LIB) $(USEARCH) target/venv/.installed
	target/venv/bin/python tests/python/index_snippets.py --lib $(LIB) --usearch $(USEARCH)/include

## gpu-check: on a machine with a GPU and a CUDA torch in its python3: cuda against cpu, by a library built elsewhere
gpu-check:
	$(PYTHON) tests/python/gpu_check.py --lib $(LIB) --model $(or $(MODEL),$(MINILM))

## bench: measure against sentence-transformers, transformers, torch, NumPy, ONNX Runtime and OpenVINO, side by side (installs them in target/venv)
# ONLY='MiniLM-L6-mixed bert-base-*-bf16' measures just these rows and writes nothing; ROUNDS=2 for a quick look.
bench: $(LIB) $(MINILM) $(REVIEWS) $(WORDSIM) $(LITE0) $(PHOTOS) $(CATS) target/venv/.installed target/venv/.bench
	target/venv/bin/python benches/bench.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS) --wordsim $(WORDSIM) \
	  --lite0 $(LITE0) --photos $(PHOTOS) --cats $(CATS) $(if $(ONLY),--only $(ONLY) --results '') $(if $(ROUNDS),--rounds $(ROUNDS))
	$(if $(ONLY),,target/venv/bin/python benches/tasks.py --lib $(LIB) --minilm $(MINILM) --reviews $(REVIEWS))

## soak: 22,000 calls of varying lengths, 1,100 loads and frees, and 64 callers for MINUTES=10; fails if memory grows or a vector is wrong
soak: target/soak/soak target/soak/soak_callers $(MINILM)
	target/soak/soak calls $(MINILM)
	target/soak/soak loads $(MINILM)
	target/soak/soak_callers $(MINILM) $(or $(MINUTES),10)

## clean: remove what was built; what was fetched stays
clean:
	find target -mindepth 1 -maxdepth 1 ! -name 'libtorch*' ! -name models ! -name data ! -name usearch ! -name downloads -exec rm -rf {} +

## distclean: remove target/ altogether
distclean:
	rm -rf target

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-27s%s\n", $$1, $$2 }'
	@echo
	@echo 'LIBTORCH=/path   use the libtorch 2.11 (or the installed torch package) that is there instead of fetching one'

# --- fetched: no-ops in milliseconds when done, so they may always run ---

target/libtorch/.source: FORCE
	@$(PYTHON) scripts/fetch libtorch --libtorch '$(LIBTORCH)'

$(MINILM):
	@$(PYTHON) scripts/fetch minilm

$(MPNET):
	@$(PYTHON) scripts/fetch mpnet

$(LITE0):
	@$(PYTHON) scripts/fetch lite0

$(REVIEWS):
	@$(PYTHON) scripts/fetch reviews

$(RATINGS):
	@$(PYTHON) scripts/fetch ratings

$(WORDSIM):
	@$(PYTHON) scripts/fetch wordsim

$(PHOTOS):
	@$(PYTHON) scripts/fetch photos

$(CATS):
	@$(PYTHON) scripts/fetch cats

$(USEARCH):
	@$(PYTHON) scripts/fetch usearch

target/venv/.installed: tests/python/requirements.txt
	$(PYTHON) -m venv target/venv
	target/venv/bin/python -m pip install --disable-pip-version-check -r $<
	touch $@

target/venv/.bench: benches/requirements.txt target/venv/.installed
	target/venv/bin/python -m pip install --disable-pip-version-check -r $<
	touch $@

# --- built ---

# cargo leaves the archive alone where nothing changed, and so nothing below is made anew.
target/release/libglyxel.a: target/libtorch/.source FORCE
	cargo build --release $(FEATURES)

# Linked from the static library, with our own version script: a cdylib exports names of its dependencies too.
# The run path is relative: libtorch beside the library, where `make install` puts it, or where make does. nodelete: libtorch's threads outlive a dlclose.
$(LIB): target/release/libglyxel.a include/glyxel.map Makefile
	@echo 'linking $@'
	@$(CC) -shared -o $@.partial -Wl,-soname,libglyxel.so.1 -Wl,--version-script=include/glyxel.map \
	  -Wl,--whole-archive $< -Wl,--no-whole-archive -Wl,--gc-sections -Wl,--strip-all \
	  -Wl,-z,nodelete -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--no-undefined \
	  -Wl,--as-needed -Ltarget/libtorch/lib -l:libtorch_cpu.so -l:libc10.so -lstdc++ -lgcc_s -lpthread -ldl -lm \
	  -Wl,--enable-new-dtags,-rpath,'$$ORIGIN:$$ORIGIN/glyxel:$$ORIGIN/../libtorch/lib'
	@ln -sf $(@F) $(@D)/libglyxel.so.1
	@mv $@.partial $@

# cargo builds it with the static library.
$(CLI): target/release/libglyxel.a ;

target/demo/%: examples/c/%.c include/glyxel.h $(LIB)
	@mkdir -p $(@D)
	$(C99) $< -o $@ -Ltarget/release -lglyxel -Wl,-rpath,'$$ORIGIN/../release'

target/soak/%: tests/c/%.c tests/c/soak.h include/glyxel.h $(LIB)
	@mkdir -p $(@D)
	$(C99) $< -o $@ -Ltarget/release -lglyxel -lpthread -lm -Wl,-rpath,'$$ORIGIN/../release'

include scripts/make/abi.mk scripts/make/cpp.mk scripts/make/examples.mk scripts/make/packages.mk scripts/make/vectors.mk \
  scripts/make/go.mk scripts/make/csharp.mk

FORCE:
.PHONY: demo demo-vectors demo-photos demo-search build cli test test-rust header check parity index-check gpu-check bench soak clean distclean help FORCE
