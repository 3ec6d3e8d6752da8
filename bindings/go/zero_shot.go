package glyxel

// #include <glyxel.h>
import "C"

import (
	"context"
	"runtime"
)

// ZeroShotTexts says how well labels of your own choosing fit texts, with a model trained on inference (NLI): whether a text entails
// "This example is LABEL.", or the sentences of [WithTemplate] and [WithTemplates]. Each text gets a row with a score for each label; the rows share one backing array.
// Scores are those of transformers' zero-shot-classification pipeline: by default a text has one of the labels and its row sums to 1;
// with [ActivationSigmoid] each label is asked for by itself.
//
// Errors: [ErrInvalidArgument], also for a text or label that is not UTF-8, for a label so long that no text fits beside it and for a
// template without "{}"; [ErrUnsupported] if the model was not trained on inference; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) ZeroShotTexts(ctx context.Context, texts, labels []string, options ...TaskOption) ([][]float32, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	s := taskWith(options)
	o, err := s.forC(&p)
	if err != nil {
		return nil, err
	}
	list, names := p.texts(texts), p.texts(labels)
	scores := make([]float32, len(texts)*len(labels))
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_zero_shot_texts(m.key, list, C.size_t(len(texts)), names, C.size_t(len(labels)), o, c, floats(scores), C.size_t(len(scores)), e)
	})
	if err != nil {
		return nil, err
	}
	return split(scores, len(texts)), nil
}

// ZeroShotImages says how well labels of your own choosing fit pictures, with a model of texts and pictures: CLIP shares out certainty
// among the labels (a row sums to 1), SigLIP asks of each whether it fits. A label is put into "This is a photo of {}.", or into the
// sentences of [WithTemplate] and [WithTemplates]. Each picture gets a row with a score for each label; the rows share one backing array.
//
// Errors: [ErrInvalidArgument], also for a label that is not UTF-8, for a picture that cannot be decoded or has too many pixels and for a
// template without "{}"; [ErrUnsupported] if the model does not compare pictures with texts; [ErrOutOfMemory]; [ErrDevice]; and the
// context's.
func (m *Model) ZeroShotImages(ctx context.Context, images []Image, labels []string, options ...TaskOption) ([][]float32, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	s := taskWith(options)
	o, err := s.forC(&p)
	if err != nil {
		return nil, err
	}
	list, err := p.images(images)
	if err != nil {
		return nil, err
	}
	names := p.texts(labels)
	scores := make([]float32, len(images)*len(labels))
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_zero_shot_images(m.key, list, C.size_t(len(images)), names, C.size_t(len(labels)), o, c, floats(scores), C.size_t(len(scores)), e)
	})
	if err != nil {
		return nil, err
	}
	return split(scores, len(images)), nil
}
