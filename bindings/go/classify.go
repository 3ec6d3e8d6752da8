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

// A Prediction is a class with its score.
type Prediction struct {
	// The class's name.
	Label string
	// The class's place among the model's.
	Index int
	Score float32
}

// ClassifyTexts says what texts are, by the classes that the model was trained on, such as sentiments or topics: each text gets the
// classes with their scores, the likeliest first ([WithTopK]: so many of them). Names and scores are those of transformers' pipelines.
// A text is cut after the model's max_length tokens.
//
// Errors: [ErrInvalidArgument], also for a text that is not UTF-8 (the message says which and where); [ErrUnsupported] if the model
// classifies no texts; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) ClassifyTexts(ctx context.Context, texts []string, options ...TaskOption) ([][]Prediction, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	s := taskWith(options)
	o, err := s.forC(&p)
	if err != nil {
		return nil, err
	}
	list := p.texts(texts)
	var out *C.glyxel_predictions
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_classify_texts(m.key, list, C.size_t(len(texts)), o, c, &out, e)
	})
	if err != nil {
		return nil, err
	}
	return predictions(out, len(texts))
}

// ClassifyImages says what is on pictures: each gets the model's classes with their scores, the likeliest first ([WithTopK]: so many of
// them).
//
// Errors: [ErrInvalidArgument], also for a picture that cannot be decoded or has too many pixels (the message says which picture and
// why); [ErrUnsupported] if the model classifies no pictures; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) ClassifyImages(ctx context.Context, images []Image, options ...TaskOption) ([][]Prediction, error) {
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
	var out *C.glyxel_predictions
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_classify_images(m.key, list, C.size_t(len(images)), o, c, &out, e)
	})
	if err != nil {
		return nil, err
	}
	return predictions(out, len(images))
}

// ScorePairs says how well two texts go together, for each pair, with a cross-encoder: mostly how well the second, a document, answers
// the first, a query. Scores are those of sentence-transformers' CrossEncoder. A pair that is too long for the model is cut, the longer
// text first.
//
// Errors: [ErrInvalidArgument], also for a text that is not UTF-8 (the message says which and where); [ErrUnsupported] if the model has no
// head or one of several classes; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) ScorePairs(ctx context.Context, pairs [][2]string, options ...TaskOption) ([]float32, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	s := taskWith(options)
	o, err := s.forC(&p)
	if err != nil {
		return nil, err
	}
	first, second := make([]C.glyxel_str, len(pairs)), make([]C.glyxel_str, len(pairs))
	for i, pair := range pairs {
		first[i], second[i] = p.text(pair[0]), p.text(pair[1])
	}
	scores := make([]float32, len(pairs))
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_score_pairs(m.key, unsafe.SliceData(first), unsafe.SliceData(second), C.size_t(len(pairs)), o, c, floats(scores), C.size_t(len(scores)), e)
	})
	if err != nil {
		return nil, err
	}
	return scores, nil
}

// predictions reads what C found for so many items, and frees it.
func predictions(from *C.glyxel_predictions, items int) ([][]Prediction, error) {
	defer C.glyxel_predictions_free(from)
	all := make([][]Prediction, items)
	names := map[int64]string{}
	for item := range all {
		all[item] = make([]Prediction, int(C.glyxel_predictions_count(from, C.size_t(item))))
		for rank := range all[item] {
			var label C.glyxel_str
			var index C.int64_t
			var score C.float
			if status := C.glyxel_predictions_get(from, C.size_t(item), C.size_t(rank), &label, &index, &score); status != C.GLYXEL_OK {
				return nil, &Error{Status: Status(status), Message: fmt.Sprintf("prediction %d of item %d cannot be read", rank, item)}
			}
			name, known := names[int64(index)]
			if !known {
				name = cloned(label)
				names[int64(index)] = name
			}
			all[item][rank] = Prediction{name, int(index), float32(score)}
		}
	}
	return all, nil
}

func taskWith(options []TaskOption) (to taskSettings) {
	for _, option := range options {
		option.applyToTask(&to)
	}
	return to
}

func (s *taskSettings) forC(p *pins) (*C.glyxel_task_options, error) {
	if s.topK < 0 || s.topK > math.MaxUint32 {
		return nil, invalid(fmt.Sprintf("WithTopK(%d): give how many classes an item gets, or 0 for all", s.topK))
	}
	o := &C.glyxel_task_options{activation: C.int32_t(s.activation), top_k: C.uint32_t(s.topK), template_: p.text(s.template)}
	o.struct_size = C.uint32_t(unsafe.Sizeof(*o))
	if len(s.templates) > 0 {
		o.templates, o.n_templates = p.texts(s.templates), C.size_t(len(s.templates))
		p.Pin(o.templates)
	}
	return o, nil
}
