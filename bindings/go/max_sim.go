package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"
)

// MaxSim finds the k documents that answer each query best by late interaction (ColBERT), where queries and documents have a vector
// for each token, as [Model.EmbedTokens] makes them: for each of the query's vectors the nearest of the document's is taken, and their
// scores are summed. Exact, by comparing with all of them. Each query gets a row of k matches, the best first, of equal scores the lower
// index first; a query without vectors scores 0 with every document. The metric is [Cosine] or [Dot]; of vectors of length 1, as such models
// give them, these are the same. Many queries in one call are much faster than as many calls. Its progress is counted in documents.
//
// All vectors have one length. Those that lie one after the other in memory, as all of one [TokenVectors] and any stretch of its texts, are
// read where they are; others are copied.
//
// Errors: [ErrInvalidArgument], also for a document without vectors, for another metric, for a k larger than the number of documents and for
// a vector with a NaN or an infinity (the message says which, counted through all texts); [ErrOutOfMemory]; and the context's.
func MaxSim(ctx context.Context, queries, documents [][][]float32, metric Metric, k int, options ...CallOption) ([][]Match, error) {
	defer runtime.KeepAlive(queries)
	defer runtime.KeepAlive(documents)
	dim, err := tokenWidth(queries, documents)
	if err != nil {
		return nil, err
	}
	for i, document := range documents {
		if len(document) == 0 {
			return nil, invalid(fmt.Sprintf("documents[%d] has no vectors, and so no score; leave it out", i))
		}
	}
	found, err := foundRoom(len(queries), k, len(documents))
	if err != nil {
		return nil, err
	}
	asked, all := counts(queries), counts(documents)
	q, d := (*C.float)(joinedAll(queries)), (*C.float)(joinedAll(documents))
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_max_sim(q, unsafe.SliceData(asked), C.size_t(len(asked)), d, unsafe.SliceData(all), C.size_t(len(all)), C.size_t(dim),
			C.int32_t(metric), C.size_t(k), c, found.index(), found.score(), e)
	})
	if err != nil {
		return nil, err
	}
	return found.rows(len(queries)), nil
}

// counts says how many rows each item has.
func counts(items [][][]float32) []C.size_t {
	list := make([]C.size_t, len(items))
	for i, rows := range items {
		list[i] = C.size_t(len(rows))
	}
	return list
}

// tokenWidth is how long the vectors of both are; all must be alike. Where there are none, anything: it is not looked at.
func tokenWidth(queries, documents [][][]float32) (int, error) {
	width := -1
	check := func(name string, items [][][]float32) error {
		for i, rows := range items {
			for j, row := range rows {
				if width < 0 {
					width = len(row)
				}
				if len(row) != width {
					return invalid(fmt.Sprintf("%s[%d][%d] has %d values, but vectors before it have %d; give vectors of one model", name, i, j, len(row), width))
				}
			}
		}
		return nil
	}
	if err := check("documents", documents); err != nil {
		return 0, err
	}
	if err := check("queries", queries); err != nil {
		return 0, err
	}
	if width < 0 {
		return 1, nil
	}
	return width, nil
}
