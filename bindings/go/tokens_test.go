package glyxel_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// What PyLate reads of texts that are a query or a document, the first of those in tests/python/fixture_parts.py.
func TestTokensOfQueriesAndDocuments(t *testing.T) {
	texts := []string{"The film was good.", "the film was not very good, and the story was bad!", "", "   spaces\tat both ends \n", "Ünïcödé accents: café, Paris"}
	type read struct {
		IDs   []int    `json:"ids"`
		Spans [][2]int `json:"spans"`
	}
	var expected struct{ Query, Document []read }
	if err := json.Unmarshal(readFile(t, "tests/fixtures/tokens/pylate/expected.json"), &expected); err != nil {
		t.Fatal(err)
	}
	for role, want := range map[glyxel.Role][]read{glyxel.RoleQuery: expected.Query, glyxel.RoleDocument: expected.Document} {
		found := must(colbert(t).EmbedTokens(ctx, texts, glyxel.WithRole(role)))(t)
		wantShape(t, found, len(texts), 8)
		for i, tokens := range found.Tokens {
			var got read
			for j, token := range tokens {
				got.IDs, got.Spans = append(got.IDs, token.ID), append(got.Spans, [2]int{token.Begin, token.End})
				if length := lengthOf(found.Vectors[i][j]); math.Abs(length-1) > 1e-5 {
					t.Errorf("role %d: vector %d of text %d has length %v", role, j, i, length)
				}
			}
			if !reflect.DeepEqual(got, want[i]) {
				t.Errorf("role %d: text %d is %v, not %v", role, i, got, want[i])
			}
		}
	}
	info := colbert(t).Info().Text
	if late := info.LateInteraction; late == nil || late.Dim != 8 || late.Query.MaxLength != 14 || late.Document.MaxLength != 20 {
		t.Errorf("%+v", late)
	}
	if small(t).Info().Text.LateInteraction != nil {
		t.Error("a plain encoder is said to be for late interaction")
	}
}

func TestTokensSayWhereTheyCameFrom(t *testing.T) {
	text := "Unaffable embeddings, café"
	found := must(minilm(t).EmbedTokens(ctx, []string{text}))(t)
	wantShape(t, found, 1, 384)
	var got [][2]string
	for _, token := range found.Tokens[0] {
		got = append(got, [2]string{token.Piece, text[token.Begin:token.End]})
	}
	want := [][2]string{{"[CLS]", ""}, {"una", "Una"}, {"##ffa", "ffa"}, {"##ble", "ble"}, {"em", "em"}, {"##bed", "bed"}, {"##ding", "ding"}, {"##s", "s"},
		{",", ","}, {"cafe", "café"}, {"[SEP]", ""}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// A MiniLM's embedding is the mean of its tokens' vectors, scaled to length 1.
func TestEmbeddingsAreMeansOfTokens(t *testing.T) {
	texts := []string{"The ferry leaves at half past seven.", "", "映画 is 電影"}
	whole := must(minilm(t).EmbedTexts(ctx, texts))(t)
	found := must(minilm(t).EmbedTokens(ctx, texts))(t)
	wantShape(t, found, len(texts), 384)
	counts := must(minilm(t).CountTokens(texts))(t)
	for i, vectors := range found.Vectors {
		if len(vectors) != counts[i] {
			t.Errorf("text %d has %d vectors, but %d tokens", i, len(vectors), counts[i])
		}
		sum := make([]float32, found.Dim)
		for _, vector := range vectors {
			for j, value := range vector {
				sum[j] += value
			}
		}
		if cosine := dot(sum, whole[i]) / lengthOf(sum); cosine < 0.99999 {
			t.Errorf("text %d: the mean of its tokens has a cosine of %v with its embedding", i, cosine)
		}
	}
}

func TestLayers(t *testing.T) {
	embed := func(options ...glyxel.TokenOption) [][]float32 {
		t.Helper()
		found := must(nli(t).EmbedTokens(ctx, []string{"The film was good."}, options...))(t)
		wantShape(t, found, 1, 12)
		return found.Vectors[0]
	}
	if info := nli(t).Info().Text; info.Layers != 2 || info.HiddenSize != 12 {
		t.Fatalf("%d layers of %d values", info.Layers, info.HiddenSize)
	}
	last, first, embeddings := embed(), embed(glyxel.WithLayer(1)), embed(glyxel.WithLayer(-3))
	for _, same := range []struct{ a, b [][]float32 }{{last, embed(glyxel.WithLayer(2))}, {last, embed(glyxel.WithLayer(-1))}, {last, embed(glyxel.WithLayer(0))},
		{first, embed(glyxel.WithLayer(-2))}} {
		if !reflect.DeepEqual(same.a, same.b) {
			t.Error("one layer by two numbers is not the same")
		}
	}
	if reflect.DeepEqual(last, first) || reflect.DeepEqual(first, embeddings) {
		t.Error("two layers are the same")
	}
	for _, layer := range []int{3, -4, math.MinInt32, 1 << 40, -1 << 40} {
		_, err := nli(t).EmbedTokens(ctx, []string{"a"}, glyxel.WithLayer(layer))
		wantError(t, err, glyxel.ErrInvalidArgument)
	}
	for i, vector := range embed(glyxel.WithNormalize(true)) {
		if length := lengthOf(vector); math.Abs(length-1) > 1e-5 || math.Abs(lengthOf(last[i])-1) < 1e-3 {
			t.Errorf("scaled to length 1 vector %d has length %v, as it is %v", i, length, lengthOf(last[i]))
		}
	}
}

func TestTokensOfPrompts(t *testing.T) {
	// The fixture's default prompt is its "query: ".
	read := func(options ...glyxel.TokenOption) []glyxel.Token {
		return must(small(t).EmbedTokens(ctx, []string{"the film"}, options...))(t).Tokens[0]
	}
	prompted, alone := read(), read(glyxel.WithPrompt("@"))
	if !reflect.DeepEqual(prompted, read(glyxel.WithPrompt("query: "))) {
		t.Error("the default prompt by its text is another one")
	}
	if len(alone) != 4 || alone[1] != (glyxel.Token{ID: alone[1].ID, Piece: "the", Begin: 0, End: 3}) {
		t.Errorf("without a prompt: %v", alone)
	}
	if n := len(prompted) - len(alone); n <= 0 || !reflect.DeepEqual(prompted[1+n:], alone[1:]) || prompted[1].End != 0 {
		t.Errorf("with the prompt: %v", prompted)
	}
	_, err := small(t).EmbedTokens(ctx, []string{"a"}, glyxel.WithPrompt("@nothing of that name"))
	wantError(t, err, glyxel.ErrInvalidArgument, "nothing of that name")
}

func TestTokensThatCannotBe(t *testing.T) {
	for _, text := range []string{"\xff", "cut off: \xe2\x82"} {
		_, err := small(t).EmbedTokens(ctx, []string{"fine", text})
		wantError(t, err, glyxel.ErrInvalidArgument, "[1]", "UTF-8")
	}
	for _, role := range []glyxel.Role{glyxel.RoleQuery, glyxel.RoleDocument} {
		_, err := minilm(t).EmbedTokens(ctx, []string{"a"}, glyxel.WithRole(role))
		wantError(t, err, glyxel.ErrUnsupported, "late interaction")
	}
	_, err := colbert(t).EmbedTokens(ctx, []string{"a"}, glyxel.WithRole(77))
	wantError(t, err, glyxel.ErrInvalidArgument, "77")
	_, err = lite0(t).EmbedTokens(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = clip(t).EmbedTokens(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrUnsupported)
}

func TestTokensOfNothing(t *testing.T) {
	for _, model := range []*glyxel.Model{small(t), colbert(t)} {
		found := must(model.EmbedTokens(ctx, nil))(t)
		if found.Vectors == nil || len(found.Vectors) != 0 || len(found.Tokens) != 0 || found.Dim == 0 {
			t.Errorf("no texts gave %v", found)
		}
	}
	// An empty text is a text.
	empty := must(small(t).EmbedTokens(ctx, []string{"", "a\x00b"}, glyxel.WithPrompt("@")))(t)
	wantShape(t, empty, 2, 12)
	if len(empty.Tokens[0]) != 2 || len(empty.Tokens[1]) < 3 {
		t.Errorf("%v", empty.Tokens)
	}
}

// wantShape expects a vector of dim values for each token of so many texts, none of which an append to another one writes over.
func wantShape(t *testing.T, found *glyxel.TokenVectors, texts, dim int) {
	t.Helper()
	if found.Dim != dim || len(found.Vectors) != texts || len(found.Tokens) != texts {
		t.Fatalf("vectors of %d and tokens of %d texts, of %d values", len(found.Vectors), len(found.Tokens), found.Dim)
	}
	for i, vectors := range found.Vectors {
		if len(vectors) != len(found.Tokens[i]) || cap(vectors) != len(vectors) {
			t.Fatalf("text %d has %d vectors, with room for %d, and %d tokens", i, len(vectors), cap(vectors), len(found.Tokens[i]))
		}
		for j, vector := range vectors {
			if len(vector) != dim || cap(vector) != dim {
				t.Fatalf("vector %d of text %d has %d values and room for %d", j, i, len(vector), cap(vector))
			}
		}
	}
}

func lengthOf(vector []float32) float64 { return math.Sqrt(dot(vector, vector)) }
