package glyxel

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

const fixture = "../../tests/fixtures/bert/st_prompts"

// bundle is a small model as the bytes of a file.
func bundle(t *testing.T) []byte {
	t.Helper()
	model, err := Load(context.Background(), fixture)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	path := filepath.Join(t.TempDir(), "model")
	if err := model.Save(path); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// forgotten waits until the garbage collector has had something freed.
func forgotten(t *testing.T, what string, freed func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !freed(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s that nobody holds is not freed", what)
		}
		runtime.GC()
	}
}

func TestWhatIsForgottenIsFreed(t *testing.T) {
	bytes := bundle(t)
	load := func() *Model {
		model, err := LoadBytes(context.Background(), bytes)
		if err != nil {
			t.Fatal(err)
		}
		return model
	}
	held := load()
	key := load().key
	if dimOf(key) == 0 {
		t.Log("the model was freed at once")
	}
	forgotten(t, "a model", func() bool { return dimOf(key) == 0 })
	if held.Dim() == 0 {
		t.Error("a model that is held was freed")
	}
	runtime.KeepAlive(held)
	held.Close()

	c, err := NewCentroids(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	alone := &Centroids{key: c.key, dim: 2}
	if err := alone.Add([][]float32{{1, 0}}, []int{0}); err != nil {
		t.Fatal(err)
	}
	c = nil
	forgotten(t, "a classifier", func() bool { return alone.Add(nil, nil) != nil })
}

// While a call runs, what it uses is held by the call alone.
func TestACallHoldsItsModel(t *testing.T) {
	bytes := bundle(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for i := 0; i < 40; i++ {
		model, err := LoadBytes(context.Background(), bytes)
		if err != nil {
			t.Fatal(err)
		}
		// Its last use: from here on only the call refers to it.
		rows, err := model.EmbedTexts(context.Background(), []string{strings.Repeat("the river ", i+1), "a film"})
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	}
	close(stop)
	<-stopped
}

// resident is how much memory the process has, in MB.
func resident(t *testing.T) float64 {
	t.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	return float64(pages) * float64(os.Getpagesize()) / 1e6
}

func TestLoadingAndFreeingLeavesMemoryFlat(t *testing.T) {
	bytes := bundle(t)
	use := func(times int) {
		for i := 0; i < times; i++ {
			model, err := LoadBytes(context.Background(), bytes)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := model.EmbedTexts(context.Background(), []string{"the film", "a river"}); err != nil {
				t.Fatal(err)
			}
			model.Close()
		}
	}
	use(100)
	warm := resident(t)
	use(1000)
	end := resident(t)
	t.Logf("after 100 loads: %.0f MB; after 1,000 more: %.0f MB", warm, end)
	if end > 1.05*warm+10 {
		t.Errorf("memory grew from %.0f to %.0f MB", warm, end)
	}
}

// Whatever a call takes for its time - a control, options, an error, predictions, vectors of tokens, pairs - it gives back.
func TestCallsLeaveMemoryFlat(t *testing.T) {
	model, err := Load(context.Background(), "../../tests/fixtures/heads/bert")
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	vectors := Rows(make([]float32, 64*4), 4)
	for i := range vectors {
		vectors[i][i%4] = 1
	}
	use := func(times int) {
		for i := 0; i < times; i++ {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			if pairs, err := Duplicates(ctx, vectors, 0.5, 0); err != nil || len(pairs) == 0 {
				t.Fatal(pairs, err)
			}
			if c, err := NewCentroids(1, 2); err != nil || c.Close() != nil {
				t.Fatal(err)
			}
			if _, err := NewCentroids(0, 0); err == nil {
				t.Fatal("centroids of nothing")
			}
			if _, err := Load(ctx, "nobody/has-this", Offline(), WithMaxLength(7)); err == nil {
				t.Fatal("a model that is not there")
			}
			if _, err := Load(ctx, "nobody/has-this", WithMaxLength(-7)); err == nil {
				t.Fatal("a length that cannot be")
			}
			if i%20 == 0 {
				if _, err := model.ClassifyTexts(ctx, []string{"the film", "a river"}); err != nil {
					t.Fatal(err)
				}
				if _, err := model.EmbedTokens(ctx, []string{"the film", "a river"}); err != nil {
					t.Fatal(err)
				}
				if _, err := model.EmbedTokens(ctx, nil); err != nil {
					t.Fatal(err)
				}
			}
			cancel()
			if _, err := Duplicates(ctx, vectors, 0.5, 0); err == nil {
				t.Fatal("a context that had ended")
			}
		}
	}
	use(5000)
	warm := resident(t)
	use(20_000)
	end := resident(t)
	t.Logf("after 5,000 rounds: %.0f MB; after 20,000 more: %.0f MB", warm, end)
	if end > warm+4 {
		t.Errorf("memory grew from %.0f to %.0f MB", warm, end)
	}
}

// For LeakSanitizer: a few errors that are lost may still be pointed at from what Go has not written over, many cannot.
func TestManyErrors(t *testing.T) {
	for i := 0; i < 10_000; i++ {
		if _, err := NewCentroids(0, 0); err == nil {
			t.Fatal("centroids of nothing")
		}
	}
	runtime.GC()
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int64{-time.Hour: 1, 0: 1, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Second: 1000, 1<<63 - 1: 9223372036855} {
		if got := milliseconds(d); got != want {
			t.Errorf("%v is %d ms", d, got)
		}
	}
}

// Rows that lie in one array are read where they are, others are copied.
func TestJoined(t *testing.T) {
	all := []float32{1, 2, 3, 4, 5, 6}
	rows := Rows(all, 2)
	if joined(rows) != &all[0] || joined(rows[1:]) != &all[2] || joined(rows[2:]) != &all[4] {
		t.Error("rows of one array were copied")
	}
	for _, other := range [][][]float32{{rows[1], rows[0]}, {rows[0], rows[0]}, {rows[0], rows[2]}, {rows[0], {9, 9}}} {
		from := joined(other)
		if from == &other[0][0] {
			t.Error("rows that do not follow each other were not copied")
		}
	}
	if joined[float32](nil) != nil || joined([][]float32{{}}) != nil {
		t.Error("nothing has an address")
	}
	if joinedAll([][][]float32{rows[:1], nil, rows[1:]}) != &all[0] || joinedAll([][][]float32{nil, rows[2:], {}}) != &all[4] {
		t.Error("items of one array were copied")
	}
	if from := joinedAll([][][]float32{rows[2:], rows[:2]}); from == &all[4] || !slices.Equal(unsafe.Slice(from, 6), []float32{5, 6, 1, 2, 3, 4}) {
		t.Error("items that do not follow each other were not copied one after the other")
	}
	if joinedAll([][][]float32{{}, nil}) != nil {
		t.Error("items of nothing have an address")
	}
}
