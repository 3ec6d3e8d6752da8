package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"fmt"
	"runtime"
)

// A Pair is two vectors that are near each other.
type Pair struct {
	// Their places, First < Second.
	First, Second int
	// Their cosine.
	Score float32
}

// Duplicates finds all pairs of vectors whose cosine is at least a threshold, from -1 to 1; the highest score first, of equal ones that with
// the lower First, then the lower Second. No more than maxPairs are kept, the best; 0: 500,000. What tells duplicates from
// neighbours differs from model to model: look at some pairs first. Its progress is counted in vectors.
//
// Errors: [ErrInvalidArgument], also for a threshold that is no cosine and for a vector with a NaN or an infinity (the message says which);
// [ErrOutOfMemory]; and the context's.
func Duplicates(ctx context.Context, vectors [][]float32, threshold float32, maxPairs int, options ...CallOption) ([]Pair, error) {
	defer runtime.KeepAlive(vectors)
	dim, err := widthOf("vectors", vectors)
	if err != nil {
		return nil, err
	}
	if maxPairs < 0 {
		return nil, invalid(fmt.Sprintf("maxPairs is %d; give how many pairs are kept, or 0 for 500,000", maxPairs))
	}
	all := (*C.float)(joined(vectors))
	var found *C.glyxel_pairs
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_duplicates(all, C.size_t(len(vectors)), C.size_t(dim), C.float(threshold), C.size_t(maxPairs), c, &found, e)
	})
	if err != nil {
		return nil, err
	}
	defer C.glyxel_pairs_free(found)
	pairs := make([]Pair, int(C.glyxel_pairs_count(found)))
	for rank := range pairs {
		var first, second C.uint64_t
		var score C.float
		if status := C.glyxel_pairs_get(found, C.size_t(rank), &first, &second, &score); status != C.GLYXEL_OK {
			return nil, &Error{Status: Status(status), Message: fmt.Sprintf("pair %d cannot be read", rank)}
		}
		pairs[rank] = Pair{int(first), int(second), float32(score)}
	}
	return pairs, nil
}
