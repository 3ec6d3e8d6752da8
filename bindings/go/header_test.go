package glyxel_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// The package uses every function, every constant and every field of the header: what the header gains is missed here at once.
func TestTheWholeHeaderIsCovered(t *testing.T) {
	header := string(readFile(t, "include/glyxel.h"))
	header = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(header, "")
	var sources strings.Builder
	for _, file := range must(filepath.Glob(filepath.Join(root, "bindings/go/*.go")))(t) {
		if !strings.HasSuffix(file, "_test.go") {
			sources.Write(must(os.ReadFile(file))(t))
		}
	}
	used := map[string]bool{}
	for _, name := range regexp.MustCompile(`C\.(\w+)`).FindAllStringSubmatch(sources.String(), -1) {
		used[name[1]] = true
	}

	functions := regexp.MustCompile(`\b(glyxel_\w+)\(`).FindAllStringSubmatch(header, -1)
	if len(functions) < 56 {
		t.Errorf("only %d functions were found in the header", len(functions))
	}
	for _, function := range functions {
		// A helper for C's own strings.
		if name := function[1]; !used[name] && name != "glyxel_cstr" {
			t.Errorf("%s is not used", name)
		}
	}
	constants := regexp.MustCompile(`(?m)^#define (GLYXEL_\w+) \d`).FindAllStringSubmatch(header, -1)
	if len(constants) < 39 {
		t.Errorf("only %d constants were found in the header", len(constants))
	}
	for _, constant := range constants {
		if !used[constant[1]] {
			t.Errorf("%s is not used", constant[1])
		}
	}
	structs := regexp.MustCompile(`(?s)typedef struct (glyxel_\w+) \{(.*?)\}`).FindAllStringSubmatch(header, -1)
	if len(structs) < 5 {
		t.Errorf("only %d structs were found in the header", len(structs))
	}
	for _, of := range structs {
		for _, field := range regexp.MustCompile(`(\w+);`).FindAllStringSubmatch(of[2], -1) {
			set := regexp.MustCompile(`\b` + field[1] + `:|\.` + field[1] + `\b`)
			if field[1] != "reserved" && !set.MatchString(sources.String()) {
				t.Errorf("%s.%s is not used", of[1], field[1])
			}
		}
	}
}

func TestLibrary(t *testing.T) {
	cargo := string(readFile(t, "Cargo.toml"))
	version := regexp.MustCompile(`(?m)^version = "(.*)"`).FindStringSubmatch(cargo)[1]
	if glyxel.Version() != version || glyxel.ABIVersion() != 1 || !strings.Contains(glyxel.BuildInfo(), "libtorch") {
		t.Errorf("%s, %d, %s", glyxel.Version(), glyxel.ABIVersion(), glyxel.BuildInfo())
	}
}
