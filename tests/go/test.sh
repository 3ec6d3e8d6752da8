#!/usr/bin/env bash
# Everything that bindings/go must pass: make test-go lays the installed library where PKG_CONFIG_PATH says, and runs this.
set -euo pipefail
cd "$(dirname "$0")/../.."

# cgocheck2 watches every write of a Go pointer; the race detector brings checkptr, which watches conversions of unsafe.Pointer.
export GOEXPERIMENT=cgocheck2 GOFLAGS=-mod=readonly OMP_WAIT_POLICY=passive

say() { # NAME COMMAND...: a test as `go test` tells of one
  if "${@:2}"; then
    echo "--- PASS: $1"
  else
    echo "--- FAIL: $1"
    failed=1
  fi
}
failed=0

formatted() {
  local files
  files=$(gofmt -l bindings/go examples/go) && if [ -n "$files" ]; then echo "gofmt would change $files" && return 1; fi
}
say gofmt formatted
say 'vet of the package' go -C bindings/go vet ./...
say 'vet of the examples' go -C examples/go vet ./...
# Lines of tests that go on are of no use once they have ended.
go -C bindings/go test -race -count=1 -timeout=30m -v ./... | grep -v '^=== ' || failed=1
# LeakSanitizer looks at the end for what C gave and nobody freed.
leaks() {
  GOEXPERIMENT='' ASAN_OPTIONS=detect_leaks=1 go -C bindings/go test -asan -count=1 \
    -run 'Hostile|Predictions|SaveAndLoad|Closed|TestLog$|Tokens|TopK|MaxSim|Quantize|Centroids|LoadErrors|ManyErrors' .
}
say 'nothing leaks' leaks
say 'the module through a proxy' tests/go/module.py
exit "$failed"
