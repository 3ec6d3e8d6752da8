package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// Codes says what vectors are quantised to.
type Codes int32

// The codes: those of sentence_transformers.util.quantize_embeddings, which faiss, usearch and vector databases take.
const (
	// A byte for each value, signed (int8(row[i])): its place in its dimension's range, from -128 to 127.
	Int8 Codes = C.GLYXEL_INT8
	// A byte for each value: the same, from 0 to 255.
	Uint8 Codes = C.GLYXEL_UINT8
	// A bit for each value, whether it is above 0, the first in the highest bit of the first byte; each byte signed, less 128.
	Binary Codes = C.GLYXEL_BINARY
	// The same without the 128.
	Ubinary Codes = C.GLYXEL_UBINARY
)

// width is how many bytes dim values become.
func (c Codes) width(dim int) int {
	if c == Binary || c == Ubinary {
		return (dim + 7) / 8
	}
	return dim
}

// Ranges are what [Int8] and [Uint8] share out: the smallest and the largest value of each dimension. Corpus and queries need the same ones, so
// keep them.
type Ranges struct {
	Min, Max []float32
}

// QuantizeRanges finds the ranges of vectors like those that will be quantised, at least one, better some thousands of them.
//
// Errors: [ErrInvalidArgument], also for no vectors and for a vector with a NaN or an infinity (the message says which); [ErrOutOfMemory];
// and the context's.
func QuantizeRanges(ctx context.Context, vectors [][]float32, options ...CallOption) (*Ranges, error) {
	defer runtime.KeepAlive(vectors)
	dim, err := widthOf("vectors", vectors)
	if err != nil {
		return nil, err
	}
	all, out := (*C.float)(joined(vectors)), make([]float32, 2*dim)
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_quantize_ranges(all, C.size_t(len(vectors)), C.size_t(dim), c, floats(out), C.size_t(len(out)), e)
	})
	if err != nil {
		return nil, err
	}
	return &Ranges{out[:dim:dim], out[dim:]}, nil
}

// Quantize makes codes of vectors: a quarter or a 32nd of the memory, for some accuracy. Each vector gets a row of as many bytes as
// it has values ([Int8], [Uint8]), or an eighth of that, rounded up ([Binary], [Ubinary]); the rows share one backing array. Values beyond the
// ranges are cut off; nil: the ranges of the vectors themselves, which suit none that are quantised later. Its progress is counted in
// vectors.
//
// Errors: [ErrInvalidArgument], also for ranges of another length or whose end is before their beginning, and for a vector with a NaN or
// an infinity (the message says which); [ErrOutOfMemory]; and the context's.
func Quantize(ctx context.Context, vectors [][]float32, codes Codes, ranges *Ranges, options ...CallOption) ([][]byte, error) {
	defer runtime.KeepAlive(vectors)
	dim, err := widthOf("vectors", vectors)
	if err != nil {
		return nil, err
	}
	between, err := ranges.forC(dim, len(vectors))
	if err != nil {
		return nil, err
	}
	all, out := (*C.float)(joined(vectors)), make([]byte, len(vectors)*codes.width(dim))
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_quantize(all, C.size_t(len(vectors)), C.size_t(dim), C.int32_t(codes), between, c,
			(*C.uint8_t)(unsafe.SliceData(out)), C.size_t(len(out)), e)
	})
	if err != nil {
		return nil, err
	}
	return split(out, len(vectors)), nil
}

// forC is where C reads the ranges, NULL if there are none. Without vectors they are not looked at.
func (r *Ranges) forC(dim, vectors int) (*C.float, error) {
	if r == nil || vectors == 0 {
		return nil, nil
	}
	if len(r.Min) != dim || len(r.Max) != dim {
		return nil, invalid(fmt.Sprintf("the ranges have %d and %d values, but vectors %d; give those that QuantizeRanges made of such vectors", len(r.Min), len(r.Max), dim))
	}
	return (*C.float)(joined([][]float32{r.Min, r.Max})), nil
}

// A Rescore has [TopKQuantized] compare the best again, with the queries as they were before they were quantised.
type Rescore struct {
	Queries [][]float32
	// How many times k are compared again; 0: 2, as in sentence-transformers.
	Times int
}

// TopKQuantized finds the k nearest among quantised vectors: rows that [Quantize] made of vectors of dim values, corpus and queries with
// the same codes and ranges. 8 bits are compared by the dot product of their codes, larger is nearer; bits by how many differ, smaller is
// nearer. Of equal ones the lower index comes first. With rescore (nil: without) the best are compared again, by the dot product of the
// float queries with the codes. Its progress is counted in vectors of the corpus.
//
// Errors: [ErrInvalidArgument], also for a k larger than the corpus, rows of another length than dim values have, and for a float query with
// a NaN or an infinity (the message says which); [ErrOutOfMemory]; and the context's.
func TopKQuantized(ctx context.Context, queries, corpus [][]byte, dim int, codes Codes, k int, rescore *Rescore, options ...CallOption) ([][]Match, error) {
	defer runtime.KeepAlive(queries)
	defer runtime.KeepAlive(corpus)
	defer runtime.KeepAlive(rescore)
	if dim < 0 {
		return nil, invalid(fmt.Sprintf("dim is %d; give how many values a vector had before it was quantised", dim))
	}
	if err := codes.fit("queries", queries, dim); err != nil {
		return nil, err
	}
	if err := codes.fit("corpus", corpus, dim); err != nil {
		return nil, err
	}
	again, times, err := rescore.forC(len(queries), dim)
	if err != nil {
		return nil, err
	}
	found, err := foundRoom(len(queries), k, len(corpus))
	if err != nil {
		return nil, err
	}
	q, all := (*C.uint8_t)(joined(queries)), (*C.uint8_t)(joined(corpus))
	err = run(ctx, callWith(options).progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_top_k_quantized(q, C.size_t(len(queries)), all, C.size_t(len(corpus)), C.size_t(dim), C.int32_t(codes), C.size_t(k),
			again, times, c, found.index(), found.score(), e)
	})
	if err != nil {
		return nil, err
	}
	return found.rows(len(queries)), nil
}

// fit says whether rows are as long as the codes of dim values.
func (c Codes) fit(name string, rows [][]byte, dim int) error {
	width, err := widthOf(name, rows)
	if err == nil && len(rows) > 0 && width != c.width(dim) {
		return invalid(fmt.Sprintf("%s have %d bytes each, but such codes of %d values have %d; give rows that Quantize made", name, width, dim, c.width(dim)))
	}
	return err
}

func (r *Rescore) forC(queries, dim int) (*C.float, C.uint32_t, error) {
	if r == nil {
		return nil, 0, nil
	}
	if r.Times < 0 || r.Times > math.MaxUint32 {
		return nil, 0, invalid(fmt.Sprintf("Times is %d; give how many times k are compared again, or 0 for 2", r.Times))
	}
	width, err := widthOf("rescore.Queries", r.Queries)
	if err != nil {
		return nil, 0, err
	}
	if len(r.Queries) != queries || queries > 0 && width != dim {
		return nil, 0, invalid(fmt.Sprintf("rescore has %d queries of %d values, but there are %d of %d; give the queries before they were quantised", len(r.Queries), width, queries, dim))
	}
	return (*C.float)(joined(r.Queries)), C.uint32_t(r.Times), nil
}
