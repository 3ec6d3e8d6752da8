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

// A Role is what a text is to a model for late interaction (ColBERT), which reads queries and documents differently.
type Role int32

// The roles.
const (
	// A text as it is: what [Model.EmbedTexts] reads.
	RoleText Role = C.GLYXEL_TEXT
	// A query: with its marker and, if the model was trained so, filled up with mask tokens, which have vectors, too.
	RoleQuery Role = C.GLYXEL_QUERY
	// A document: with its marker; tokens on the model's skip list (mostly punctuation) have no vector.
	RoleDocument Role = C.GLYXEL_DOCUMENT
)

// A Token is a piece of a text, as the model reads it.
type Token struct {
	// Its number in the vocabulary.
	ID int
	// How the vocabulary writes it: "##ing", "▁the".
	Piece string
	// It came from text[Begin:End], counted without the prompt. Both are 0 for a token that stands for no bytes of the text: a special one,
	// one of the prompt, one that a query was filled up with.
	Begin, End int
}

// TokenVectors are the vectors of the tokens of some texts.
type TokenVectors struct {
	// For each text a vector for each of its tokens: Vectors[text][token] has Dim values. All share one backing array, which [MaxSim] reads
	// where it is.
	Vectors [][][]float32
	// Which tokens these are: Tokens[text][token].
	Tokens [][]Token
	// How many values a vector has.
	Dim int
}

// EmbedTokens makes a vector of each token of each text, which depends on the whole text: what a model for late interaction (ColBERT) was
// trained to give, to be compared by [MaxSim], or the hidden states of an encoder, of any layer ([WithLayer]). A text, with its prompt, is
// cut after the model's max_length tokens; a query and a document ([WithRole]) after lengths of their own. Special tokens have
// vectors, too. What it gives is large, a vector for each token, and copied once out of C's memory: pass some hundred texts at once.
//
// Errors: [ErrInvalidArgument], also for a text that is not UTF-8 (the message says which and where) and for a layer or a prompt that the
// model does not have; [ErrUnsupported] if the model gives no vectors of tokens, and for a role with a model that is not for late
// interaction; [ErrOutOfMemory]; [ErrDevice]; and the context's.
func (m *Model) EmbedTokens(ctx context.Context, texts []string, options ...TokenOption) (*TokenVectors, error) {
	defer runtime.KeepAlive(m)
	var p pins
	defer p.Unpin()
	s := tokensWith(options)
	o, err := s.forC(&p)
	if err != nil {
		return nil, err
	}
	list := p.texts(texts)
	var out *C.glyxel_tokens
	err = run(ctx, s.progress, func(c *C.glyxel_control, e **C.glyxel_error) C.glyxel_status {
		return C.glyxel_embed_tokens(m.key, list, C.size_t(len(texts)), o, c, &out, e)
	})
	if err != nil {
		return nil, err
	}
	return tokenVectors(out, len(texts))
}

// tokenVectors reads what C made of so many texts, and frees it.
func tokenVectors(from *C.glyxel_tokens, texts int) (*TokenVectors, error) {
	defer C.glyxel_tokens_free(from)
	made := &TokenVectors{Vectors: make([][][]float32, texts), Tokens: make([][]Token, texts), Dim: int(C.glyxel_tokens_dim(from))}
	total := 0
	for text := range made.Tokens {
		made.Tokens[text] = make([]Token, int(C.glyxel_tokens_count(from, C.size_t(text))))
		total += len(made.Tokens[text])
	}
	rows, err := tokenRows(from, total, made.Dim)
	if err != nil {
		return nil, err
	}
	pieces := map[C.uint32_t]string{}
	for text, tokens := range made.Tokens {
		made.Vectors[text], rows = rows[:len(tokens):len(tokens)], rows[len(tokens):]
		for i := range tokens {
			if tokens[i], err = tokenAt(from, text, i, pieces); err != nil {
				return nil, err
			}
		}
	}
	return made, nil
}

// tokenRows copies all vectors, of all texts.
func tokenRows(from *C.glyxel_tokens, total, dim int) ([][]float32, error) {
	// The address of no vectors at all would be none that Go suffers in a pointer.
	if total == 0 {
		return nil, nil
	}
	var vectors *C.float
	if status := C.glyxel_tokens_vectors(from, &vectors, nil); status != C.GLYXEL_OK {
		return nil, &Error{Status: Status(status), Message: "the vectors of the tokens cannot be read"}
	}
	all := make([]float32, total*dim)
	copy(all, unsafe.Slice((*float32)(vectors), len(all)))
	return split(all, total), nil
}

// tokenAt reads one token. Pieces that were read before are shared.
func tokenAt(from *C.glyxel_tokens, text, token int, pieces map[C.uint32_t]string) (Token, error) {
	var id C.uint32_t
	var piece C.glyxel_str
	var begin, end C.size_t
	if status := C.glyxel_tokens_get(from, C.size_t(text), C.size_t(token), &id, &piece, &begin, &end); status != C.GLYXEL_OK {
		return Token{}, &Error{Status: Status(status), Message: fmt.Sprintf("token %d of text %d cannot be read", token, text)}
	}
	written, known := pieces[id]
	if !known {
		written = cloned(piece)
		pieces[id] = written
	}
	return Token{int(id), written, int(begin), int(end)}, nil
}

func tokensWith(options []TokenOption) (to tokenSettings) {
	for _, option := range options {
		option.applyToTokens(&to)
	}
	return to
}

func (s *tokenSettings) forC(p *pins) (*C.glyxel_token_options, error) {
	if s.layer < math.MinInt32 || s.layer > math.MaxInt32 {
		return nil, invalid(fmt.Sprintf("WithLayer(%d): give the number of a layer, or 0 for what the model gives its tokens", s.layer))
	}
	o := &C.glyxel_token_options{layer: C.int32_t(s.layer), role: C.int32_t(s.role), normalize: C.int32_t(s.normalize), prompt: p.text(s.prompt)}
	o.struct_size = C.uint32_t(unsafe.Sizeof(*o))
	return o, nil
}
