package glyxel_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/glyxel/glyxel/bindings/go"
)

// endless are texts that take minutes: a call that embeds them ends because it is ended, or the test fails.
func endless() []string {
	texts := make([]string, 4000)
	for i := range texts {
		texts[i] = strings.Repeat("the river is a very good and a very long story ", 40)
	}
	return texts
}

// whenComputing calls f once the call has got so far.
func whenComputing(f func()) glyxel.CallOption {
	var once sync.Once
	return glyxel.WithProgress(func(p glyxel.Progress) {
		if p.Stage == glyxel.StageComputing {
			once.Do(f)
		}
	})
}

func wantContextError(t *testing.T, err error, all ...error) {
	t.Helper()
	for _, is := range append(all, glyxel.ErrCancelled) {
		if !errors.Is(err, is) {
			t.Errorf("%v is not %v", err, is)
		}
	}
	var typed *glyxel.Error
	if !errors.As(err, &typed) {
		t.Errorf("%T is no *glyxel.Error", err)
	}
}

func TestContextCancelsInMidCall(t *testing.T) {
	why := errors.New("the user went away")
	cancelled, cancel := context.WithCancelCause(ctx)
	rows, err := minilm(t).EmbedTexts(cancelled, endless(), whenComputing(func() { cancel(why) }))
	wantContextError(t, err, context.Canceled, why)
	if rows != nil || errors.Is(err, glyxel.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	must(minilm(t).EmbedTexts(ctx, []string{"the next call"}))(t)
}

func TestTokensAreCancelledInMidCall(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	found, err := minilm(t).EmbedTokens(cancelled, endless(), whenComputing(cancel))
	wantContextError(t, err, context.Canceled)
	if found != nil {
		t.Errorf("vectors of %d texts", len(found.Vectors))
	}
	limited, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	_, err = minilm(t).EmbedTokens(limited, endless())
	wantContextError(t, err, context.DeadlineExceeded, glyxel.ErrTimeout)
}

func TestContextTimesOut(t *testing.T) {
	limited, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err := minilm(t).EmbedTexts(limited, endless())
	wantContextError(t, err, context.DeadlineExceeded, glyxel.ErrTimeout)
	if errors.Is(err, context.Canceled) {
		t.Errorf("%v is also a cancellation", err)
	}
}

// The library itself keeps the deadline, whatever becomes of Go's timers.
type onlyDeadline struct{ context.Context }

func (onlyDeadline) Done() <-chan struct{}       { return make(chan struct{}) }
func (onlyDeadline) Err() error                  { return nil }
func (onlyDeadline) Value(any) any               { return nil }
func (onlyDeadline) Deadline() (time.Time, bool) { return time.Now().Add(200 * time.Millisecond), true }

func TestDeadlineAlone(t *testing.T) {
	_, err := minilm(t).EmbedTexts(onlyDeadline{ctx}, endless())
	wantContextError(t, err, context.DeadlineExceeded, glyxel.ErrTimeout)
}

func TestContextThatHasEnded(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	passed, stop := context.WithDeadline(ctx, time.Now().Add(-time.Hour))
	defer stop()
	vectors := [][]float32{{1, 2}, {3, 4}}
	codes := [][]byte{{1, 2}, {3, 4}}
	centroids := must(glyxel.NewCentroids(1, 2))(t)
	defer centroids.Close()
	for name, call := range map[string]func(context.Context) error{
		"Load":           func(c context.Context) error { _, err := glyxel.Load(c, "nobody/has-this"); return err },
		"LoadBytes":      func(c context.Context) error { _, err := glyxel.LoadBytes(c, nil); return err },
		"EmbedTexts":     func(c context.Context) error { _, err := small(t).EmbedTexts(c, []string{"a"}); return err },
		"EmbedTokens":    func(c context.Context) error { _, err := small(t).EmbedTokens(c, []string{"a"}); return err },
		"EmbedImages":    func(c context.Context) error { _, err := clip(t).EmbedImages(c, nil); return err },
		"ClassifyTexts":  func(c context.Context) error { _, err := nli(t).ClassifyTexts(c, nil); return err },
		"ClassifyImages": func(c context.Context) error { _, err := lite0(t).ClassifyImages(c, nil); return err },
		"ScorePairs":     func(c context.Context) error { _, err := crossEncoder(t).ScorePairs(c, nil); return err },
		"ZeroShotTexts":  func(c context.Context) error { _, err := nli(t).ZeroShotTexts(c, nil, nil); return err },
		"ZeroShotImages": func(c context.Context) error { _, err := clip(t).ZeroShotImages(c, nil, nil); return err },
		"TopK": func(c context.Context) error {
			_, err := glyxel.TopK(c, vectors, vectors, glyxel.Cosine, 1)
			return err
		},
		"MaxSim": func(c context.Context) error {
			_, err := glyxel.MaxSim(c, [][][]float32{vectors}, [][][]float32{vectors}, glyxel.Cosine, 1)
			return err
		},
		"Recommend": func(c context.Context) error {
			_, err := glyxel.Recommend(c, vectors, []int{0}, nil, glyxel.Cosine, 1)
			return err
		},
		"Duplicates":     func(c context.Context) error { _, err := glyxel.Duplicates(c, vectors, 0.5, 0); return err },
		"Classify":       func(c context.Context) error { _, err := centroids.Classify(c, vectors, 0); return err },
		"QuantizeRanges": func(c context.Context) error { _, err := glyxel.QuantizeRanges(c, vectors); return err },
		"Quantize":       func(c context.Context) error { _, err := glyxel.Quantize(c, vectors, glyxel.Int8, nil); return err },
		"TopKQuantized": func(c context.Context) error {
			_, err := glyxel.TopKQuantized(c, codes, codes, 2, glyxel.Int8, 1, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantContextError(t, call(cancelled), context.Canceled)
			wantContextError(t, call(passed), context.DeadlineExceeded, glyxel.ErrTimeout)
		})
	}
}

func TestSimilarityIsCancelledInMidCall(t *testing.T) {
	vectors := make([]float32, 120_000*64)
	for i := range vectors {
		vectors[i] = float32(i*7919%1000) - 500
	}
	rows := glyxel.Rows(vectors, 64)
	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	// Half of 120,000 × 120,000 comparisons.
	_, err := glyxel.Duplicates(cancelled, rows, 0.999999, 10, glyxel.WithProgress(func(glyxel.Progress) { cancel() }))
	wantContextError(t, err, context.Canceled)
}

func TestProgress(t *testing.T) {
	texts := endless()[:100]
	var seen []glyxel.Progress
	var running atomic.Int32
	must(minilm(t).EmbedTexts(ctx, texts, glyxel.WithProgress(func(p glyxel.Progress) {
		if running.Add(1) != 1 {
			t.Error("two at once")
		}
		seen = append(seen, p)
		running.Add(-1)
	})))(t)
	if len(seen) == 0 {
		t.Fatal("nothing was reported")
	}
	last := seen[len(seen)-1]
	if last.Stage != glyxel.StageComputing || last.Done != 100 || last.Total != 100 || last.Stage.String() != "computing" {
		t.Errorf("the last report is %v: %d of %d", last.Stage, last.Done, last.Total)
	}
	for i := range seen[1:] {
		if a, b := seen[i], seen[i+1]; a == b || a.Stage == b.Stage && b.Done < a.Done {
			t.Errorf("%+v after %+v", b, a)
		}
	}
	for stage := glyxel.StageIdle; stage <= glyxel.StageComputing; stage++ {
		if stage.String() == "unknown stage" {
			t.Errorf("stage %d has no name", int(stage))
		}
	}
}

func TestShutdownInMidCall(t *testing.T) {
	var ended atomic.Value
	var background sync.WaitGroup
	background.Add(1)
	_, err := minilm(t).EmbedTexts(ctx, endless(), whenComputing(func() {
		go func() {
			defer background.Done()
			cancellable, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			if err := glyxel.Shutdown(cancellable); err != nil {
				ended.Store(err)
			}
		}()
	}))
	background.Wait()
	wantError(t, err, glyxel.ErrCancelled)
	if errors.Is(err, context.Canceled) {
		t.Errorf("%v is said to come of a context", err)
	}
	if problem := ended.Load(); problem != nil {
		t.Fatal(problem)
	}

	// Now nothing is in use: the threads can be set, and the next call starts anew.
	if err := glyxel.Configure("threads", "2"); err != nil {
		t.Error(err)
	}
	must(minilm(t).EmbedTexts(ctx, []string{"the next call"}))(t)
	wantError(t, glyxel.Configure("threads", "3"), glyxel.ErrInvalidArgument)
	wantError(t, glyxel.Configure("thraeds", "3"), glyxel.ErrInvalidArgument, "threads")
	if err := glyxel.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	model := minilm(t)
	before := runtime.NumGoroutine()
	for i := 0; i < 50; i++ {
		cancelled, cancel := context.WithCancel(ctx)
		must(model.EmbedTexts(cancelled, []string{"a"}, glyxel.WithProgress(func(glyxel.Progress) {})))(t)
		cancel()
		limited, stop := context.WithTimeout(ctx, time.Duration(i)*time.Millisecond)
		if _, err := model.EmbedTexts(limited, endless()[:100]); err == nil && i < 5 {
			t.Error("100 long texts within 5 ms")
		}
		stop()
	}
	within(t, 10*time.Second, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= before })
}
