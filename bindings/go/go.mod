module github.com/glyxel/glyxel/bindings/go

// 1.22 is the first whose runtime.Pinner takes memory that is not of Go's heap: constants, files that are mapped.
go 1.22
