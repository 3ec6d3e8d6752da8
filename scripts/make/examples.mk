# The example programs: the same ones in every language, and what the pages of docs/ show of them.

# A language that is added here has its programs built to target/examples/LANGUAGE/NAME by what it adds to EXAMPLES_BUILT.
EXAMPLE_LANGUAGES := c cpp
EXAMPLES_BUILT := $(patsubst examples/c/%.c,target/examples/c/%,$(wildcard examples/c/*.c)) \
  $(patsubst examples/cpp/%.cpp,target/examples/cpp/%,$(wildcard examples/cpp/*.cpp))

## test-examples: the example programs, which say the same in every language, and are what docs/ shows
test-examples: test-examples-run test-examples-docs

test-examples-run: target/examples/.built $(MINILM) $(LITE0) $(CATS)
	scripts/suite examples -- tests/examples/run.py target/examples $(EXAMPLE_LANGUAGES)

test-examples-docs:
	scripts/suite docs -- scripts/docs_examples check $(EXAMPLE_LANGUAGES)

## docs: write the examples' regions anew into the pages that show them
docs:
	scripts/docs_examples write $(EXAMPLE_LANGUAGES)

# Late, so that what other files add to the list is in it.
.SECONDEXPANSION:
target/examples/.built: $$(EXAMPLES_BUILT)
	@touch $@

target/examples/c/%: examples/c/%.c include/glyxel.h $(LIB)
	@mkdir -p $(@D)
	$(C99) $< -o $@ -Ltarget/release -lglyxel -Wl,-rpath,'$$ORIGIN/../../release'

target/examples/cpp/%: examples/cpp/%.cpp $(CPP_HEADERS) $(LIB)
	@mkdir -p $(@D)
	$(CXX17) $< -o $@ -Ltarget/release -lglyxel -Wl,-rpath,'$$ORIGIN/../../release'

SUITES += test-examples
.PHONY: test-examples test-examples-run test-examples-docs docs
