package glyxel_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

func TestLog(t *testing.T) {
	var mutex sync.Mutex
	var heard []string
	var inside error
	hear := func(level glyxel.LogLevel, message string) {
		mutex.Lock()
		defer mutex.Unlock()
		heard = append(heard, level.Level().String()+" "+message)
		if inside == nil {
			inside = glyxel.Configure("threads", "1")
		}
		if err := glyxel.SetLog(nil); err == nil {
			t.Error("the log was set from within")
		}
	}
	if err := glyxel.SetLog(hear); err != nil {
		t.Fatal(err)
	}
	defer glyxel.SetLog(nil)
	// A conversion is worth a message.
	folder := t.TempDir()
	load := func() {
		model := must(glyxel.Load(ctx, filepath.Join(root, "tests/fixtures/bert/plain"), glyxel.WithCacheDir(folder)))(t)
		model.Close()
	}
	load()
	count := len(heard)
	if count == 0 || !strings.Contains(strings.Join(heard, "\n"), " ") {
		t.Fatal("nothing was heard")
	}
	wantError(t, inside, glyxel.ErrInvalidArgument, "log callback")

	var others int
	if err := glyxel.SetLog(func(glyxel.LogLevel, string) { others++ }); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(folder)
	load()
	if len(heard) != count || others == 0 {
		t.Errorf("the first function heard %d more, the second %d", len(heard)-count, others)
	}
	if err := glyxel.SetLog(nil); err != nil {
		t.Fatal(err)
	}
	before := others
	os.RemoveAll(folder)
	load()
	if others != before {
		t.Error("a function that was taken away was called")
	}
	if glyxel.LogError.Level() != slog.LevelError || glyxel.LogWarn.Level() != slog.LevelWarn || glyxel.LogInfo.Level() != slog.LevelInfo || glyxel.LogDebug.Level() != slog.LevelDebug {
		t.Error("the levels are not slog's")
	}
}

// Setting and unsetting while the library speaks, from many goroutines.
func TestLogWhileItIsInUse(t *testing.T) {
	defer glyxel.SetLog(nil)
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(2)
		go func() {
			defer all.Done()
			for i := 0; i < 200; i++ {
				if err := glyxel.SetLog(func(glyxel.LogLevel, string) {}); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() {
			defer all.Done()
			for i := 0; i < 20; i++ {
				cancelled, cancel := context.WithCancel(ctx)
				model, err := glyxel.Load(cancelled, filepath.Join(root, "tests/fixtures/bert/plain"))
				cancel()
				if err != nil && !errors.Is(err, glyxel.ErrCancelled) {
					t.Error(err)
				} else if err == nil {
					model.Close()
				}
			}
		}()
	}
	all.Wait()
}
