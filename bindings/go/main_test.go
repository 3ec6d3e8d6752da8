package glyxel_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glyxel/glyxel/bindings/go"
)

// root is the repository: its fixtures, and what make has put into target/.
var root = func() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..")
}()

// The real models stand in a cache of the hub's layout, so that examples can name them as everybody does.
var hub = map[string]string{
	"sentence-transformers/all-MiniLM-L6-v2": "target/models/all-MiniLM-L6-v2",
	"timm/tf_efficientnet_lite0.in1k":        "target/models/tf_efficientnet_lite0",
}

func TestMain(m *testing.M) {
	scratch := filepath.Join(root, "target", "go")
	cache := filepath.Join(scratch, "hub")
	for id, folder := range hub {
		if err := intoHub(cache, id, filepath.Join(root, folder)); err != nil {
			fmt.Fprintf(os.Stderr, "%v; run `make test-go` in the repository\n", err)
			os.Exit(1)
		}
	}
	os.Setenv("HF_HUB_CACHE", cache)
	os.Setenv("HF_HUB_OFFLINE", "1")
	os.Setenv("GLYXEL_CACHE", filepath.Join(scratch, "cache"))
	os.Exit(m.Run())
}

// intoHub lays a checkpoint into the cache as huggingface_hub would.
func intoHub(cache, id, folder string) error {
	if _, err := os.Stat(folder); err != nil {
		return err
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	repository := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	snapshot := filepath.Join(repository, "snapshots", commit)
	if err := os.MkdirAll(filepath.Join(repository, "refs"), 0o777); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(snapshot), 0o777); err != nil {
		return err
	}
	if err := os.Symlink(folder, snapshot); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.WriteFile(filepath.Join(repository, "refs", "main"), []byte(commit), 0o666)
}

var ctx = context.Background()

var (
	minilm       = shared("target/models/all-MiniLM-L6-v2")
	lite0        = shared("target/models/tf_efficientnet_lite0")
	small        = shared("tests/fixtures/bert/st_prompts")
	nli          = shared("tests/fixtures/heads/bert")
	crossEncoder = shared("tests/fixtures/heads/bert_cross_encoder")
	colbert      = shared("tests/fixtures/tokens/pylate")
	clip         = shared("tests/fixtures/images/clip")
)

// shared loads a model once for all tests that ask for it.
func shared(path string) func(t testing.TB) *glyxel.Model {
	load := sync.OnceValues(func() (*glyxel.Model, error) { return glyxel.Load(ctx, filepath.Join(root, path)) })
	return func(t testing.TB) *glyxel.Model {
		t.Helper()
		return must(load())(t)
	}
}

// must(f())(t) is what f gave, and ends the test if that was an error.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// wantError expects an error of the kind with all the parts in its sentence.
func wantError(t *testing.T, err error, status glyxel.Status, parts ...string) {
	t.Helper()
	var is *glyxel.Error
	if !errors.As(err, &is) || is.Status != status || !errors.Is(err, status) {
		t.Fatalf("the error is %v (%T), not of the kind %q", err, err, status)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func readFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	return must(os.ReadFile(filepath.Join(append([]string{root}, parts...)...)))(t)
}

func readLines(t testing.TB, parts ...string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(string(readFile(t, parts...)), "\n"), "\n")
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// within waits for what happens in the background, and fails if it does not.
func within(t *testing.T, limit time.Duration, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
		runtime.GC()
	}
}
