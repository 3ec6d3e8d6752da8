# The Go package's tests and examples.

GO_PREFIX := target/go/prefix
GO_INSTALLED := $(GO_PREFIX)/lib/pkgconfig/glyxel.pc
WITH_GO := PKG_CONFIG_PATH='$(CURDIR)/$(GO_PREFIX)/lib/pkgconfig' go
GO_SOURCES := $(wildcard bindings/go/*.go) bindings/go/go.mod examples/go/go.mod

# 1 where there is a Go that is new enough: see bindings/go/go.mod.
HAS_GO := $(shell go env GOVERSION 2> /dev/null | sed -nE 's/^go1\.([0-9]+).*/\1/p' | awk '$$1 >= 22 { print 1 }')
NEEDS_GO := $(if $(HAS_GO),go,Go 1.22 or newer)=golang-go (or run scripts/install_go.sh where that is older)

## test-go: the Go package under the race detector and cgocheck2, and the module as others get it
test-go: $(if $(HAS_GO),$(GO_INSTALLED) $(VECTORS) $(MINILM) $(LITE0) $(CATS))
	PKG_CONFIG_PATH='$(CURDIR)/$(GO_PREFIX)/lib/pkgconfig' scripts/suite go --needs '$(NEEDS_GO)' --needs pkg-config=pkg-config -- tests/go/test.sh

ifdef HAS_GO
EXAMPLE_LANGUAGES += go
EXAMPLES_BUILT += $(patsubst examples/go/%/main.go,target/examples/go/%,$(wildcard examples/go/*/main.go))
endif

target/examples/go/%: examples/go/%/main.go $(GO_SOURCES) $(GO_INSTALLED)
	@mkdir -p $(@D)
	$(WITH_GO) -C examples/go build -o '$(CURDIR)/$@' ./$*
	@touch $@

# Installed for the tests: with links to the libtorch that is here instead of a copy.
$(GO_INSTALLED): $(PACKAGED)
	@mkdir -p $(GO_PREFIX)/lib/glyxel
	@ln -sf '$(CURDIR)'/target/libtorch/lib/*.so* $(GO_PREFIX)/lib/glyxel/
	scripts/package/install.sh $(GO_PREFIX) 0

SUITES += test-go
.PHONY: test-go
