package glyxel

// #include <glyxel.h>
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// pins keeps in place what C is given addresses of, inside of arrays and structs, until Unpin.
type pins struct{ runtime.Pinner }

// text is a string as C takes it, where it lies.
func (p *pins) text(s string) C.glyxel_str {
	if s == "" {
		return C.glyxel_str{}
	}
	data := unsafe.StringData(s)
	p.Pin(data)
	return C.glyxel_str{ptr: (*C.char)(unsafe.Pointer(data)), len: C.size_t(len(s))}
}

// texts are strings as C takes them: the address of as many structs.
func (p *pins) texts(all []string) *C.glyxel_str {
	list := make([]C.glyxel_str, len(all))
	for i, s := range all {
		list[i] = p.text(s)
	}
	return unsafe.SliceData(list)
}

// bytes is the address of data, to stand in a struct.
func (p *pins) bytes(data []byte) *C.uint8_t {
	if len(data) == 0 {
		return nil
	}
	first := unsafe.SliceData(data)
	p.Pin(first)
	return (*C.uint8_t)(first)
}

// cloned is a text of C as Go's own.
func cloned(text C.glyxel_str) string {
	if text.len == 0 {
		return ""
	}
	return strings.Clone(unsafe.String((*byte)(unsafe.Pointer(text.ptr)), int(text.len)))
}

// floats is the address of values, for C to read or to fill.
func floats(values []float32) *C.float {
	return (*C.float)(unsafe.SliceData(values))
}

// split cuts one backing array into rows. A row has no room beyond its end, so that appending to it leaves the next one alone.
func split[T float32 | byte](all []T, rows int) [][]T {
	list := make([][]T, rows)
	for i := range list {
		from, to := len(all)/rows*i, len(all)/rows*(i+1)
		list[i] = all[from:to:to]
	}
	return list
}

// widthOf is how long the rows are; all must be alike. Where there are none, anything: it is not looked at.
func widthOf[T float32 | byte](name string, rows [][]T) (int, error) {
	if len(rows) == 0 {
		return 1, nil
	}
	width := len(rows[0])
	for i, row := range rows {
		if len(row) != width {
			return 0, invalid(fmt.Sprintf("%s[%d] has %d values, but %s[0] has %d; give rows of one length", name, i, len(row), name, width))
		}
	}
	return width, nil
}

// joined is the address of rows that lie one after the other: where they are if they do already, as results of this package do, else in
// a copy. The rows are of one length. In place, each of them stays where it is as long as the caller keeps rows alive.
func joined[T float32 | byte](rows [][]T) *T { return joinedAll([][][]T{rows}) }

// joinedAll is the same of rows that several items have.
func joinedAll[T float32 | byte](items [][][]T) *T {
	var first *T
	var next uintptr
	for _, rows := range items {
		for _, row := range rows {
			if len(row) == 0 {
				return nil
			}
			here := unsafe.SliceData(row)
			if first == nil {
				first, next = here, uintptr(unsafe.Pointer(here))
			}
			if uintptr(unsafe.Pointer(here)) != next {
				return unsafe.SliceData(copied(items))
			}
			next += uintptr(len(row)) * unsafe.Sizeof(*here)
		}
	}
	return first
}

func copied[T float32 | byte](items [][][]T) []T {
	values := 0
	for _, rows := range items {
		for _, row := range rows {
			values += len(row)
		}
	}
	all := make([]T, 0, values)
	for _, rows := range items {
		for _, row := range rows {
			all = append(all, row...)
		}
	}
	return all
}

// Rows cuts values that lie one after the other into rows of dim values each, as the functions of this package take and give
// them. Nothing is copied: the rows are parts of values. What is left over beyond the last whole row is in none.
//
// It panics if dim is not positive.
func Rows(values []float32, dim int) [][]float32 {
	if dim <= 0 {
		panic(fmt.Sprintf("glyxel.Rows: rows of %d values; give a dim of at least 1", dim))
	}
	rows := len(values) / dim
	return split(values[:rows*dim], rows)
}
