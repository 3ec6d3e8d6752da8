# The Go package's tests and examples.

GO_PREFIX := target/go/prefix

## test-go: the Go package under the race detector and cgocheck2, its examples, and the module as others get it
test-go: $(GO_PREFIX)/lib/pkgconfig/glyxel.pc $(VECTORS) $(MINILM) $(LITE0) $(CATS)
	PKG_CONFIG_PATH='$(CURDIR)/$(GO_PREFIX)/lib/pkgconfig' tests/go/test.sh

# The library as if it were installed.
$(GO_PREFIX)/lib/pkgconfig/glyxel.pc: scripts/make/go.mk $(LIB)
	@mkdir -p $(@D) $(GO_PREFIX)/include
	@ln -sfn '$(CURDIR)/$(LIB)' $(GO_PREFIX)/lib/libglyxel.so.1
	@ln -sfn libglyxel.so.1 $(GO_PREFIX)/lib/libglyxel.so
	@ln -sfn '$(CURDIR)/target/libtorch' $(GO_PREFIX)/libtorch
	@ln -sfn '$(CURDIR)/include/glyxel.h' $(GO_PREFIX)/include/glyxel.h
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'Name: glyxel' 'Description: a library in the work tree' 'Version: 0.1.0' \
	  'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lglyxel -Wl,-rpath,$${prefix}/lib' > $@

.PHONY: test-go
