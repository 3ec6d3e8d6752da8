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

// EmbedTexts makes a vector of each text, in their order, so that texts of like meaning have near vectors. A text, with its prompt, is
// cut after the model's max_length tokens; an empty text has a vector, too. The rows have [Model.Dim] values, or those of [WithDim], and
// share one backing array.
//
// Errors: [ErrInvalidArgument], also for a text that is not UTF-8 (the message says which and where) and for a prompt or a dim that the
// model does not have; [ErrUnsupported] if the model does not embed texts; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) EmbedTexts(ctx context.Context, texts []string, options ...EmbedOption) ([][]float32, error) {
	s := embedWith(options)
	out := make([]float32, m.room(len(texts), &s))
	if err := m.embedTexts(ctx, out, texts, &s); err != nil {
		return nil, err
	}
	return split(out, len(texts)), nil
}

// EmbedTextsInto does the same into dst, where the vectors stand one after the other. Nothing is written on failure, which a dst that is
// too short is, too; what is longer than needed is left alone.
func (m *Model) EmbedTextsInto(ctx context.Context, dst []float32, texts []string, options ...EmbedOption) error {
	s := embedWith(options)
	return m.embedTexts(ctx, dst, texts, &s)
}

// EmbedImages makes a vector of each picture, in their order, so that pictures that look alike have near vectors. Each is prepared as the
// model's own preprocessing says; vectors are scaled to length 1 only with [WithNormalize]. With a model of texts and pictures (CLIP,
// SigLIP), texts that describe a picture are near it.
//
// Errors: [ErrInvalidArgument], also for a picture that cannot be decoded or has too many pixels (the message says which picture and
// why); [ErrUnsupported] if the model takes no pictures; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) EmbedImages(ctx context.Context, images []Image, options ...EmbedOption) ([][]float32, error) {
	s := embedWith(options)
	out := make([]float32, m.room(len(images), &s))
	if err := m.embedImages(ctx, out, images, &s); err != nil {
		return nil, err
	}
	return split(out, len(images)), nil
}

// EmbedImagesInto does the same into dst, as [Model.EmbedTextsInto].
func (m *Model) EmbedImagesInto(ctx context.Context, dst []float32, images []Image, options ...EmbedOption) error {
	s := embedWith(options)
	return m.embedImages(ctx, dst, images, &s)
}

func (m *Model) embedTexts(ctx context.Context, dst []float32, texts []string, s *embedSettings) error {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	o, err := s.forC(&p)
	if err != nil {
		return err
	}
	list := p.texts(texts)
	return run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_embed_texts(m.key, list, C.size_t(len(texts)), o, c, floats(dst), C.size_t(len(dst)), e)
	})
}

func (m *Model) embedImages(ctx context.Context, dst []float32, images []Image, s *embedSettings) error {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	o, err := s.forC(&p)
	if err != nil {
		return err
	}
	list, err := p.images(images)
	if err != nil {
		return err
	}
	return run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_embed_images(m.key, list, C.size_t(len(images)), o, c, floats(dst), C.size_t(len(dst)), e)
	})
}

// room is how many values n vectors have. A dim beyond the model's, which C refuses, takes none.
func (m *Model) room(n int, s *embedSettings) int {
	dim := m.Dim()
	switch {
	case s.dim == 0:
		return n * dim
	case s.dim > 0 && s.dim <= dim:
		return n * s.dim
	default:
		return 0
	}
}

func embedWith(options []EmbedOption) (to embedSettings) {
	for _, option := range options {
		option.applyToEmbed(&to)
	}
	return to
}

func (s *embedSettings) forC(p *pins) (*C.glyxel_embed_options, error) {
	if s.dim < 0 || s.dim > math.MaxUint32 {
		return nil, invalid(fmt.Sprintf("WithDim(%d): give how many values a vector keeps, from 1 to the model's dim, or 0 for all", s.dim))
	}
	o := &C.glyxel_embed_options{normalize: C.int32_t(s.normalize), dim: C.uint32_t(s.dim), prompt: p.text(s.prompt)}
	o.struct_size = C.uint32_t(unsafe.Sizeof(*o))
	return o, nil
}
