package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"
)

// A Metric says how near two vectors are.
type Metric int32

// The metrics. Vectors need not have length 1.
const (
	// The cosine of the angle, from -1 to 1; 0 if one of the vectors is all zeros. Larger is nearer.
	Cosine Metric = C.GLYXEL_COSINE
	// The dot product. Larger is nearer.
	Dot Metric = C.GLYXEL_DOT
	// The Euclidean distance. Smaller is nearer.
	Euclidean Metric = C.GLYXEL_EUCLIDEAN
)

// A Match is a vector that was found.
type Match struct {
	// Its place, counted from 0.
	Index int
	// Its score: by the metric.
	Score float32
}

// TopK finds the k vectors of a corpus that are nearest to each query: exact, by comparing with all of them. Each query gets a row of k
// matches, the nearest first, of equal scores the lower index first. Many queries in one call are much faster than as many calls.
// Its progress is counted in vectors of the corpus.
//
// All vectors have one length. Rows that lie one after the other in memory, as those that this package gives, are read where they are;
// others are copied.
//
// Errors: [ErrInvalidArgument], also for a k larger than the corpus and for a vector with a NaN or an infinity (the message says which);
// [ErrOutOfMemory]; and the context's.
func TopK(ctx context.Context, queries, corpus [][]float32, metric Metric, k int, options ...CallOption) ([][]Match, error) {
	defer runtime.KeepAlive(queries)
	defer runtime.KeepAlive(corpus)
	dim, err := commonWidth(queries, corpus)
	if err != nil {
		return nil, err
	}
	found, err := foundRoom(len(queries), k, len(corpus))
	if err != nil {
		return nil, err
	}
	q, all := (*C.float)(joined(queries)), (*C.float)(joined(corpus))
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_top_k(q, C.size_t(len(queries)), all, C.size_t(len(corpus)), C.size_t(dim), C.int32_t(metric), C.size_t(k), c,
			found.index(), found.score(), e)
	})
	if err != nil {
		return nil, err
	}
	return found.rows(len(queries)), nil
}

// Recommend finds the k items nearest to the mean of the items that somebody liked, without those and without what was seen. With [Cosine]
// each liked item counts alike, however long its vector is. liked and seen are places among the items; one that is liked twice
// counts twice. Its progress is counted in items.
//
// Errors: [ErrInvalidArgument], also for a place that is none, if nothing was liked, for a k larger than what is left and for a vector with a
// NaN or an infinity (the message says which); [ErrOutOfMemory]; and the context's.
func Recommend(ctx context.Context, items [][]float32, liked, seen []int, metric Metric, k int, options ...CallOption) ([]Match, error) {
	defer runtime.KeepAlive(items)
	dim, err := widthOf("items", items)
	if err != nil {
		return nil, err
	}
	likes, err := places("liked", liked)
	if err != nil {
		return nil, err
	}
	known, err := places("seen", seen)
	if err != nil {
		return nil, err
	}
	found, err := foundRoom(1, k, len(items))
	if err != nil {
		return nil, err
	}
	all := (*C.float)(joined(items))
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_recommend(all, C.size_t(len(items)), C.size_t(dim), unsafe.SliceData(likes), C.size_t(len(likes)),
			unsafe.SliceData(known), C.size_t(len(known)), C.int32_t(metric), C.size_t(k), c, found.index(), found.score(), e)
	})
	if err != nil {
		return nil, err
	}
	return found.rows(1)[0], nil
}

// commonWidth is how long the vectors of both are.
func commonWidth(queries, corpus [][]float32) (int, error) {
	width, err := widthOf("corpus", corpus)
	if err != nil || len(queries) == 0 {
		return width, err
	}
	asked, err := widthOf("queries", queries)
	if err == nil && len(corpus) > 0 && asked != width {
		return 0, invalid(fmt.Sprintf("queries have %d values each, but the corpus has %d; give vectors of one model", asked, width))
	}
	return asked, err
}

func places(name string, all []int) ([]C.uint64_t, error) {
	list := make([]C.uint64_t, len(all))
	for i, place := range all {
		if place < 0 {
			return nil, invalid(fmt.Sprintf("%s[%d] is %d; places are counted from 0", name, i, place))
		}
		list[i] = C.uint64_t(place)
	}
	return list, nil
}

// matches is where C writes what it found.
type matches struct {
	places []C.uint64_t
	scores []C.float
}

// foundRoom has room for k matches of each of rows, among so many vectors or documents.
func foundRoom(rows, k, of int) (*matches, error) {
	if k < 0 {
		return nil, invalid(fmt.Sprintf("k is %d; give how many are to be found", k))
	}
	if k > of {
		return nil, invalid(fmt.Sprintf("k is %d, but there are %d to choose from; give at most as many", k, of))
	}
	return &matches{make([]C.uint64_t, rows*k), make([]C.float, rows*k)}, nil
}

func (m *matches) index() *C.uint64_t { return unsafe.SliceData(m.places) }
func (m *matches) score() *C.float    { return unsafe.SliceData(m.scores) }

// rows gives what was found, over one backing array.
func (m *matches) rows(n int) [][]Match {
	all := make([]Match, len(m.places))
	for i := range all {
		all[i] = Match{int(m.places[i]), float32(m.scores[i])}
	}
	list := make([][]Match, n)
	for i := range list {
		from, to := len(all)/n*i, len(all)/n*(i+1)
		list[i] = all[from:to:to]
	}
	return list
}
