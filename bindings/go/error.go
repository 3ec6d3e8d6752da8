package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"errors"
)

// A Status is the kind of an error. It is an error itself, to be compared with: errors.Is(err, glyxel.ErrNotFound).
type Status int32

// The kinds of errors.
const (
	// An argument is missing, malformed or out of range.
	ErrInvalidArgument Status = C.GLYXEL_INVALID_ARGUMENT
	// The model or the centroids were closed before.
	ErrInvalidHandle Status = C.GLYXEL_INVALID_HANDLE
	// A file, folder or name is not there.
	ErrNotFound Status = C.GLYXEL_NOT_FOUND
	// A checkpoint or bundle is damaged, cut off or contradicts itself.
	ErrBadModel Status = C.GLYXEL_BAD_MODEL
	// This model, this build or this version cannot do that.
	ErrUnsupported Status = C.GLYXEL_UNSUPPORTED
	// Reading or writing a file failed.
	ErrIO Status = C.GLYXEL_IO
	// A download failed.
	ErrNetwork Status = C.GLYXEL_NETWORK
	// The call was cancelled through its context, or the library was shut down.
	ErrCancelled Status = C.GLYXEL_CANCELLED
	// The deadline of the call's context passed.
	ErrTimeout Status = C.GLYXEL_TIMEOUT
	// There is no memory for a size that the caller or a file gave.
	ErrOutOfMemory Status = C.GLYXEL_OUT_OF_MEMORY
	// A device is absent or failed.
	ErrDevice Status = C.GLYXEL_DEVICE
	// A defect of the library; it stays usable.
	ErrInternal Status = C.GLYXEL_INTERNAL
)

var statusNames = map[Status]string{
	C.GLYXEL_OK:        "no error",
	ErrInvalidArgument: "invalid argument",
	ErrInvalidHandle:   "invalid handle",
	ErrNotFound:        "not found",
	ErrBadModel:        "bad model",
	ErrUnsupported:     "unsupported",
	ErrIO:              "input or output failed",
	ErrNetwork:         "network failed",
	ErrCancelled:       "cancelled",
	ErrTimeout:         "timed out",
	ErrOutOfMemory:     "out of memory",
	ErrDevice:          "device failed",
	ErrInternal:        "internal error",
}

// Error names the kind.
func (s Status) Error() string {
	if name, known := statusNames[s]; known {
		return "glyxel: " + name
	}
	return "glyxel: an error of a kind that this version of the package does not know"
}

// An Error is what went wrong in one call.
type Error struct {
	// Its kind.
	Status Status
	// What was wrong, where, and what to do: an English sentence.
	Message string
	// What ended the call's context, where that ended the call.
	context []error
}

// Error gives the sentence.
func (e *Error) Error() string {
	return "glyxel: " + e.Message
}

// Unwrap gives what errors.Is finds: the status and, of a call that was ended by its context, ErrCancelled, the context's error and
// its cause.
func (e *Error) Unwrap() []error {
	return append([]error{e.Status}, e.context...)
}

func invalid(message string) error {
	return &Error{Status: ErrInvalidArgument, Message: message}
}

// failure takes over what a C function said, and frees it.
func failure(status C.glyxel_status, e *C.glyxel_error) error {
	if status == C.GLYXEL_OK {
		return nil
	}
	defer C.glyxel_error_free(e)
	failed := &Error{Status: Status(status), Message: C.GoString(C.glyxel_error_message(e))}
	if e != nil {
		failed.Status = Status(C.glyxel_error_code(e))
	}
	return failed
}

// contextEnded is the error of a call that its context ended. The library may see the deadline before the context does.
func contextEnded(ctx context.Context) error {
	why := ctx.Err()
	if why == nil {
		why = context.DeadlineExceeded
	}
	ended := &Error{Status: ErrCancelled, Message: "the call was cancelled by its context: " + why.Error()}
	if errors.Is(why, context.DeadlineExceeded) {
		ended.Status = ErrTimeout
		ended.Message = "the call did not end before the deadline of its context: " + why.Error()
	}
	ended.context = []error{ErrCancelled, why}
	if cause := context.Cause(ctx); cause != nil {
		ended.context = append(ended.context, cause)
	}
	return ended
}
