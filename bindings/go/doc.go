// Package glyxel gives a Go program pretrained encoders of texts and pictures: name a Hugging Face model or a checkpoint's
// folder, and embed, compare and classify. There is no Python in it and no server beside it; the numbers are those of Python's
// transformers, sentence-transformers and timm.
//
//	model, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2")
//	if err != nil {
//		return err
//	}
//	defer model.Close()
//	vectors, err := model.EmbedTexts(ctx, []string{"A kitten naps by the stove.", "The cat is asleep."})
//
// The package is a thin layer over glyxel's C library, which it finds through pkg-config: install that first (see the README).
//
// # Contexts
//
// Every call that takes a context returns at once when the context ends; what of it is running then ends in the background. No
// goroutine is left behind. The error then is both the context's and this package's: [errors.Is] finds [context.Canceled] or
// [context.DeadlineExceeded], the context's cause, and [ErrCancelled]; after a deadline [ErrTimeout], too.
//
// # Errors
//
// An error of a call is an [*Error]: what kind it is ([Status]; compare with errors.Is(err, glyxel.ErrNotFound) and the like) and
// a sentence that says what was wrong, where, and what to do.
//
// # Goroutines
//
// Everything here may be called from any goroutine at any time, [Model.Close] included: calls that use a model when it is closed go
// on. Calls that come together are computed together, on threads of the library's own. A call holds an operating system's thread
// while it waits, as every call of C does; so put many texts into one call rather than starting a goroutine for each.
//
// # Memory
//
// Texts, pictures and vectors are handed to C where they lie, without copies, unless a method says otherwise, and may be changed
// as soon as the call returns. What a call returns is Go's own memory; the rows of one result share one backing array. The weights
// of a model are C's memory, which Go's garbage collector does not see: Close frees it at once. A model that is forgotten without
// Close is freed by a finalizer, some time.
package glyxel
