# What C gets for the inputs of tests/fixtures/vectors; the wrappers' tests compare with it, to the bit.

VECTORS := target/vectors/expected.txt

$(VECTORS): target/vectors/vectors $(wildcard tests/fixtures/vectors/*.txt) $(MINILM) $(LITE0)
	@echo 'vectors by C: $@'
	@OMP_WAIT_POLICY=passive GLYXEL_CACHE=target/test-cache target/vectors/vectors > $@.partial && mv $@.partial $@

target/vectors/vectors: tests/c/vectors.c include/glyxel.h $(LIB)
	@mkdir -p $(@D)
	$(C99) $< -o $@ -Ltarget/release -lglyxel -Wl,-rpath,'$$ORIGIN/../release'
