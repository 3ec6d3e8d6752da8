module github.com/glyxel/glyxel/bindings/go

// 1.21 is the first with runtime.Pinner, context.AfterFunc and log/slog.
go 1.21
