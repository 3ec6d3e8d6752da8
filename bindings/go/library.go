package glyxel

// #cgo pkg-config: glyxel
// #include <glyxel.h>
import "C"

import (
	"context"
	"time"
)

// ABIVersion says which version of its C interface the library has: 1. A program that was built for it goes on working with newer
// libraries as long as this number stays.
func ABIVersion() int {
	return int(C.glyxel_abi_version())
}

// Version says which version the library has, such as "0.1.0".
func Version() string {
	return C.GoString(C.glyxel_version())
}

// BuildInfo says what the library was built with: libtorch's version, kinds of devices, decoders of pictures.
func BuildInfo() string {
	return C.GoString(C.glyxel_build_info())
}

// Configure sets something for the whole process; only before the first model is loaded, or after [Shutdown]. The one name is
// "threads": from "1" to "1024", how many threads compute; the default is as many as there are cores that this process may use.
//
// Errors: [ErrInvalidArgument] for a name that does not exist, for a value that is not possible, or when the library is in use.
func Configure(name, value string) error {
	var p pins
	defer p.Unpin()
	var e *C.glyxel_error
	status := C.glyxel_configure(p.text(name), p.text(value), &e)
	return failure(status, e)
}

// shutdownStep is how long Shutdown waits before it looks at its context again: C waits for a time, not for a context.
const shutdownStep = 50 * time.Millisecond

// Shutdown ends the library's work: it cancels every call, which then return [ErrCancelled], waits until nothing is running, and ends
// the library's threads. A program need not call it before it ends. Models stay valid: the next call starts the threads anew.
//
// If the context ends before, the error is the context's, as of every call; what was running ends by itself.
func Shutdown(ctx context.Context) error {
	for {
		var e *C.glyxel_error
		var wait C.uint64_t
		if ctx.Done() != nil {
			wait = C.uint64_t(shutdownStep / time.Millisecond)
		}
		status := C.glyxel_shutdown(wait, &e)
		if status != C.GLYXEL_TIMEOUT {
			return failure(status, e)
		}
		C.glyxel_error_free(e)
		if ctx.Err() != nil {
			return contextEnded(ctx)
		}
	}
}
