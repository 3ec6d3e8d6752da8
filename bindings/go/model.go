package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A Model is a loaded model: immutable, for any number of goroutines at once.
type Model struct {
	key    *C.glyxel_model
	info   *Info
	closed atomic.Bool
}

// Load loads a model: the path of a checkpoint's folder or of a bundle; if there is no such path, the id of a repository on the
// Hugging Face hub, "org/name" or "org/name@revision". "file:PATH" and "hf:ID" force one or the other. A repository's files are
// downloaded as far as they are needed, into the cache of Python's huggingface_hub and by its environment variables. A checkpoint is
// converted the first time and kept in a cache, so that the next time is fast.
//
// A checkpoint is data, whoever made it. A bundle is a program: load only those you trust.
//
// Errors: [ErrNotFound] if there is no such path, repository or revision, if it is not in the cache when [Offline], or lacks its config,
// weights or tokenizer; [ErrInvalidArgument] for an id or a setting that cannot be one; [ErrBadModel] if the files are damaged;
// [ErrUnsupported] for an architecture or a setting that this version does not know; [ErrIO]; [ErrNetwork]; [ErrDevice];
// [ErrOutOfMemory]; and the context's. A download that is cancelled is gone on with the next time.
func Load(ctx context.Context, source string, options ...LoadOption) (*Model, error) {
	var p pins
	defer p.Unpin()
	from := p.text(source)
	return load(ctx, options, func(o *C.glyxel_options, c *C.glyxel_control, out **C.glyxel_model, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_model_load(from, o, c, out, e)
	})
}

// LoadBytes loads a model from the bytes of a bundle, which may be changed when it returns. A bundle is a program: load only those you
// trust. Errors as of [Load].
func LoadBytes(ctx context.Context, bundle []byte, options ...LoadOption) (*Model, error) {
	return load(ctx, options, func(o *C.glyxel_options, c *C.glyxel_control, out **C.glyxel_model, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_model_load_memory((*C.uint8_t)(unsafe.SliceData(bundle)), C.size_t(len(bundle)), o, c, out, e)
	})
}

type loader func(*C.glyxel_options, *C.glyxel_control, **C.glyxel_model, **C.glyxel_error) C.glyxel_status

func load(ctx context.Context, options []LoadOption, load loader) (*Model, error) {
	var settings loadSettings
	for _, option := range options {
		option.applyToLoad(&settings)
	}
	o, err := settings.make()
	if err != nil {
		return nil, err
	}
	defer C.glyxel_options_free(o)
	var key *C.glyxel_model
	err = run(ctx, settings.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return load(o, c, &key, e)
	})
	if err != nil {
		return nil, err
	}
	info, err := parseInfo(C.GoString(C.glyxel_model_info(key)))
	if err != nil {
		C.glyxel_model_free(key)
		return nil, err
	}
	m := &Model{key: key, info: info}
	runtime.SetFinalizer(m, (*Model).Close)
	return m, nil
}

// Close frees the model's memory. Calls that are using the model end as if it were there; later ones fail with [ErrInvalidHandle].
// It always returns nil, also the second time, when it does nothing.
func (m *Model) Close() error {
	if !m.closed.Swap(true) {
		runtime.SetFinalizer(m, nil)
		C.glyxel_model_free(m.key)
	}
	return nil
}

// Save writes the model as a bundle: one file that loads without conversion, here and elsewhere. It is the model as it was converted: in
// the checkpoint's precision and for any device. A file that is there is replaced in one step.
//
// Errors: [ErrIO] if it cannot be written; [ErrNotFound] if its folder is not there; [ErrInvalidArgument] if something is there that is
// not a regular file; [ErrBadModel] if the model's own file was written over since it was loaded.
func (m *Model) Save(path string) error {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	var e *C.glyxel_error
	status := C.glyxel_model_save(m.key, p.text(path), &e)
	return failure(status, e)
}

// Info describes the model, a closed one, too. It is shared by all who ask: leave it as it is.
func (m *Model) Info() *Info { return m.info }

// Dim says how many values one embedding has; 0 if the model embeds nothing or is closed.
func (m *Model) Dim() int {
	defer runtime.KeepAlive(m)
	return dimOf(m.key)
}

// dimOf is 0 for the key of a model that was freed.
func dimOf(key *C.glyxel_model) int { return int(C.glyxel_model_dim(key)) }

// CountTokens says how long each text is to the model, in tokens, before it is cut, special tokens included.
//
// Errors: [ErrInvalidArgument] for a text that is not UTF-8; [ErrUnsupported] if the model takes no texts; [ErrOutOfMemory].
func (m *Model) CountTokens(texts []string) ([]int, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	var e *C.glyxel_error
	counts := make([]C.size_t, len(texts))
	status := C.glyxel_count_tokens(m.key, p.texts(texts), C.size_t(len(texts)), unsafe.SliceData(counts), C.size_t(len(counts)), &e)
	if status != C.GLYXEL_OK {
		return nil, failure(status, e)
	}
	out := make([]int, len(counts))
	for i, count := range counts {
		out[i] = int(count)
	}
	return out, nil
}
