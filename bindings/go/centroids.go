package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Centroids is a classifier that learns labels from a few examples of each: the intents of a chatbot, the topics of letters. A label's
// centroid is the mean of its examples' vectors, each brought to length 1 before, and a vector gets the label whose centroid is nearest.
// Any goroutine may add examples while others classify.
type Centroids struct {
	key    *C.glyxel_centroids
	dim    int
	closed atomic.Bool
}

// NewCentroids makes a classifier of so many labels, which are numbered from 0, for vectors of dim values.
//
// Errors: [ErrInvalidArgument] for no labels and for a dim of 0; [ErrOutOfMemory].
func NewCentroids(labels, dim int) (*Centroids, error) {
	if labels < 0 || dim < 0 {
		return nil, invalid(fmt.Sprintf("%d labels for vectors of %d values cannot be; give at least 1 of each", labels, dim))
	}
	var key *C.glyxel_centroids
	var e *C.glyxel_error
	if status := C.glyxel_centroids_new(C.size_t(labels), C.size_t(dim), &key, &e); status != C.GLYXEL_OK {
		return nil, failure(status, e)
	}
	c := &Centroids{key: key, dim: dim}
	runtime.SetFinalizer(c, (*Centroids).Close)
	return c, nil
}

// Close frees the classifier. Calls that use it go on; later ones fail with [ErrInvalidHandle]. It always returns nil, also the second
// time, when it does nothing.
func (c *Centroids) Close() error {
	if !c.closed.Swap(true) {
		runtime.SetFinalizer(c, nil)
		C.glyxel_centroids_free(c.key)
	}
	return nil
}

// Add learns examples, all of them or, on failure, none: for each vector, labels has the number of its label.
//
// Errors: [ErrInvalidArgument], also for a label that is none and for a vector of another length or with a NaN or an infinity (the message
// says which); [ErrOutOfMemory].
func (c *Centroids) Add(vectors [][]float32, labels []int) error {
	defer runtime.KeepAlive(c)
	defer runtime.KeepAlive(vectors)
	if len(vectors) != len(labels) {
		return invalid(fmt.Sprintf("there are %d vectors but %d labels; give a label for each vector", len(vectors), len(labels)))
	}
	if err := c.fit(vectors); err != nil {
		return err
	}
	numbers := make([]C.int32_t, len(labels))
	for i, label := range labels {
		if label < 0 || label > math.MaxInt32 {
			return invalid(fmt.Sprintf("labels[%d] is %d; labels are numbered from 0", i, label))
		}
		numbers[i] = C.int32_t(label)
	}
	var e *C.glyxel_error
	status := C.glyxel_centroids_add(c.key, (*C.float)(joined(vectors)), unsafe.SliceData(numbers), C.size_t(len(vectors)), &e)
	return failure(status, e)
}

// Classify gives each vector the label whose centroid is nearest, of equally near ones the lower: the Index of its match, and the cosine
// as its Score. A vector that is nearer than threshold (a cosine, from -1 to 1) to no centroid gets the Index -1, and the cosine with the
// nearest all the same; with -1, every one gets a label. Labels without examples are given to none.
//
// Errors: [ErrInvalidArgument], also if there are no examples yet, for a threshold that is no cosine, and for a vector of another length
// or with a NaN or an infinity (the message says which); [ErrOutOfMemory]; and the context's.
func (c *Centroids) Classify(ctx context.Context, vectors [][]float32, threshold float32, options ...CallOption) ([]Match, error) {
	defer runtime.KeepAlive(c)
	defer runtime.KeepAlive(vectors)
	if err := c.fit(vectors); err != nil {
		return nil, err
	}
	labels, scores := make([]C.int32_t, len(vectors)), make([]C.float, len(vectors))
	all := (*C.float)(joined(vectors))
	err := run(ctx, callWith(options).progress, func(control *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_centroids_classify(c.key, all, C.size_t(len(vectors)), C.float(threshold), control, unsafe.SliceData(labels),
			unsafe.SliceData(scores), e)
	})
	if err != nil {
		return nil, err
	}
	found := make([]Match, len(vectors))
	for i := range found {
		found[i] = Match{int(labels[i]), float32(scores[i])}
	}
	return found, nil
}

// Centroid gives the centroid of a label, of length 1, and how many examples it is of; zeros if there are none, or if they cancel each
// other out. Added to a new classifier as the label's only example, it classifies as this one does.
//
// Errors: [ErrInvalidArgument] for a label that is none.
func (c *Centroids) Centroid(label int) (centroid []float32, examples int, err error) {
	defer runtime.KeepAlive(c)
	if label < 0 {
		return nil, 0, invalid(fmt.Sprintf("label is %d; labels are numbered from 0", label))
	}
	out := make([]float32, c.dim)
	var count C.uint64_t
	var e *C.glyxel_error
	if status := C.glyxel_centroids_get(c.key, C.size_t(label), floats(out), C.size_t(len(out)), &count, &e); status != C.GLYXEL_OK {
		return nil, 0, failure(status, e)
	}
	return out, int(count), nil
}

// fit says whether the vectors are as long as the classifier's.
func (c *Centroids) fit(vectors [][]float32) error {
	dim, err := widthOf("vectors", vectors)
	if err == nil && len(vectors) > 0 && dim != c.dim {
		return invalid(fmt.Sprintf("vectors have %d values each, but the classifier was made for %d; give vectors of that length", dim, c.dim))
	}
	return err
}
