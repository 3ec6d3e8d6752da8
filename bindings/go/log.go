package glyxel

// #include <glyxel.h>
// extern void glyxelGoLog(int32_t level, glyxel_str message, void *user);
import "C"

import (
	"log/slog"
	"sync/atomic"
	"unsafe"
)

// A LogLevel says how grave a message is.
type LogLevel int32

// The levels of messages.
const (
	// Something failed that no caller is told of.
	LogError LogLevel = C.GLYXEL_LOG_ERROR
	// Something works, but not as well as it could.
	LogWarn LogLevel = C.GLYXEL_LOG_WARN
	// What happens, in few words.
	LogInfo LogLevel = C.GLYXEL_LOG_INFO
	// What happens, in many.
	LogDebug LogLevel = C.GLYXEL_LOG_DEBUG
)

// Level is the same in log/slog.
func (l LogLevel) Level() slog.Level {
	switch l {
	case LogError:
		return slog.LevelError
	case LogWarn:
		return slog.LevelWarn
	case LogInfo:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// logger is who gets the messages, where it is not nil.
var logger atomic.Pointer[func(LogLevel, string)]

// SetLog sets who gets the library's messages, of all levels; nil: nobody, which is how it begins. To hand them to log/slog:
//
//	glyxel.SetLog(func(level glyxel.LogLevel, message string) {
//		slog.Log(context.Background(), level.Level(), message)
//	})
//
// The function is called from several goroutines at once, while the library waits: it must return soon. In it, calls of this package
// fail with [ErrInvalidArgument]. When SetLog returns, the function that was set before is not running any more. If the function
// panics, the program ends with that panic.
func SetLog(log func(level LogLevel, message string)) error {
	var callback C.glyxel_log_callback
	var next *func(LogLevel, string)
	if log != nil {
		callback, next = C.glyxel_log_callback(C.glyxelGoLog), &log
	}
	before := logger.Swap(next)
	var e *C.glyxel_error
	status := C.glyxel_log_set(callback, nil, &e)
	if status != C.GLYXEL_OK {
		logger.CompareAndSwap(next, before)
	}
	return failure(status, e)
}

// glyxelGoLog is what C calls, on whichever thread has something to say.
//
//export glyxelGoLog
func glyxelGoLog(level C.int32_t, message C.glyxel_str, _ unsafe.Pointer) {
	defer func() {
		// A panic must not go through the library's frames, which hold locks: it goes on in a goroutine of its own.
		if problem := recover(); problem != nil {
			go panic(problem)
		}
	}()
	if log := logger.Load(); log != nil {
		(*log)(LogLevel(level), cloned(message))
	}
}
