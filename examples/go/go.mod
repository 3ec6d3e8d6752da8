module github.com/glyxel/glyxel/examples/go

go 1.22

require github.com/glyxel/glyxel/bindings/go v0.1.0

// The examples show the package beside them; a program of yours leaves this line out.
replace github.com/glyxel/glyxel/bindings/go => ../../bindings/go
