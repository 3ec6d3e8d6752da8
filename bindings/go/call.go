package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"time"
)

// A Stage is what a call is doing.
type Stage int32

// The stages of calls, and what Done and Total of a [Progress] count in each.
const (
	// The call has not begun.
	StageIdle Stage = C.GLYXEL_STAGE_IDLE
	// Bytes.
	StageDownloading Stage = C.GLYXEL_STAGE_DOWNLOADING
	// Reading the weights for their checksum: bytes.
	StageHashing Stage = C.GLYXEL_STAGE_HASHING
	// Making a bundle from a checkpoint: weights.
	StageConverting Stage = C.GLYXEL_STAGE_CONVERTING
	// Checking a bundle: bytes; then reading and optimising it, which begins anew at 0 of 1.
	StageLoading Stage = C.GLYXEL_STAGE_LOADING
	// Texts.
	StageTokenizing Stage = C.GLYXEL_STAGE_TOKENIZING
	// Pictures.
	StageDecoding Stage = C.GLYXEL_STAGE_DECODING
	// Inputs, or vectors of a corpus.
	StageComputing Stage = C.GLYXEL_STAGE_COMPUTING
)

var stageNames = map[Stage]string{
	StageIdle:        "idle",
	StageDownloading: "downloading",
	StageHashing:     "hashing",
	StageConverting:  "converting",
	StageLoading:     "loading",
	StageTokenizing:  "tokenizing",
	StageDecoding:    "decoding",
	StageComputing:   "computing",
}

// String names the stage.
func (s Stage) String() string {
	if name, known := stageNames[s]; known {
		return name
	}
	return "unknown stage"
}

// Progress says how far a call is.
type Progress struct {
	Stage Stage
	// How much of the stage is done, and of how much; Total is 0 as long as that is not known.
	Done, Total uint64
}

// pollEvery is how often the progress of a call is looked at.
const pollEvery = 50 * time.Millisecond

// run makes one call of C under the context. Where nobody can end or watch it, it needs no control.
func run(ctx context.Context, progress func(Progress), call func(*C.glyxel_control, **C.glyxel_error) C.glyxel_status) error {
	if ctx.Err() != nil {
		return contextEnded(ctx)
	}
	var e *C.glyxel_error
	if ctx.Done() == nil && progress == nil {
		status := call(nil, &e)
		return failure(status, e)
	}
	var control *C.glyxel_control
	if status := C.glyxel_control_new(&control, &e); status != C.GLYXEL_OK {
		return failure(status, e)
	}
	defer C.glyxel_control_free(control)
	defer endWith(ctx, control)()
	if progress != nil {
		defer watch(control, progress)()
	}
	status := call(control, &e)
	if status == C.GLYXEL_TIMEOUT || status == C.GLYXEL_CANCELLED && ctx.Err() != nil {
		C.glyxel_error_free(e)
		return contextEnded(ctx)
	}
	return failure(status, e)
}

// endWith cancels what runs under the control when the context ends, and keeps its deadline even if Go's timers are late. What it
// returns stops that, and waits until it has stopped.
func endWith(ctx context.Context, control *C.glyxel_control) (stop func()) {
	if deadline, set := ctx.Deadline(); set {
		C.glyxel_control_set_timeout(control, C.uint64_t(milliseconds(time.Until(deadline))))
	}
	done := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		defer close(done)
		C.glyxel_control_cancel(control)
	})
	return func() {
		if !unregister() {
			<-done
		}
	}
}

// milliseconds rounds up, and gives at least 1: to C, 0 is no limit.
func milliseconds(d time.Duration) int64 {
	return max(int64((d-1)/time.Millisecond)+1, 1)
}

// watch reports the progress under the control from a goroutine, whenever it has changed. What it returns ends that, after a last look.
func watch(control *C.glyxel_control, progress func(Progress)) (stop func()) {
	var last Progress
	look := func() {
		var stage C.int32_t
		var done, total C.uint64_t
		C.glyxel_control_progress(control, &stage, &done, &total)
		now := Progress{Stage(stage), uint64(done), uint64(total)}
		if now != last {
			last = now
			progress(now)
		}
	}
	ended, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		ticker := time.NewTicker(pollEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				look()
			case <-ended:
				look()
				return
			}
		}
	}()
	return func() {
		close(ended)
		<-left
	}
}
