package glyxel_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// pictures are those of tests/fixtures/vectors/README.md.
func pictures(t *testing.T) []glyxel.Image {
	images := []glyxel.Image{
		glyxel.Encoded(readFile(t, "tests/fixtures/images/pictures/0.png")),
		glyxel.Encoded(readFile(t, "tests/fixtures/images/pictures/1.png")),
		glyxel.Encoded(readFile(t, "tests/fixtures/images/pictures/2.png")),
		glyxel.Encoded(readFile(t, "tests/fixtures/pictures/420.jpg")),
	}
	data := make([]byte, 120*30)
	for i := range data {
		data[i] = byte(i*7 + i/120)
	}
	return append(images,
		glyxel.Pixels{Format: glyxel.RGB8, Width: 40, Height: 30, Stride: 120, Data: data}.Image(),
		glyxel.Pixels{Format: glyxel.Gray8, Width: 40, Height: 30, Stride: 120, Data: data, BottomUp: true}.Image())
}

// Everything that a model makes is what C gets, to the last bit.
func TestVectorsAreThoseOfC(t *testing.T) {
	expected, err := os.ReadFile(filepath.Join(root, "target/vectors/expected.txt"))
	if err != nil {
		t.Fatalf("%v; `make test-go` makes it", err)
	}
	texts, labels := readLines(t, "tests/fixtures/vectors/texts.txt"), readLines(t, "tests/fixtures/vectors/labels.txt")
	var got strings.Builder
	rows := func(name string, rows [][]float32) {
		for i, row := range rows {
			fmt.Fprintf(&got, "%s %d", name, i)
			for _, value := range row {
				fmt.Fprintf(&got, " %08x", math.Float32bits(value))
			}
			fmt.Fprintln(&got)
		}
	}
	classes := func(name string, items [][]glyxel.Prediction) {
		for i, item := range items {
			fmt.Fprintf(&got, "%s %d", name, i)
			for _, class := range item {
				fmt.Fprintf(&got, " %08x %08x", class.Index, math.Float32bits(class.Score))
			}
			fmt.Fprintln(&got)
		}
	}
	tokens := func(name string, of *glyxel.TokenVectors) {
		for i, tokens := range of.Tokens {
			fmt.Fprintf(&got, "%s %d", name, i)
			for j, token := range tokens {
				fmt.Fprintf(&got, " %08x %08x %08x", token.ID, token.Begin, token.End)
				for _, value := range of.Vectors[i][j] {
					fmt.Fprintf(&got, " %08x", math.Float32bits(value))
				}
			}
			fmt.Fprintln(&got)
		}
	}
	matches := func(name string, items [][]glyxel.Match) {
		for i, item := range items {
			fmt.Fprintf(&got, "%s %d", name, i)
			for _, match := range item {
				fmt.Fprintf(&got, " %08x %08x", match.Index, math.Float32bits(match.Score))
			}
			fmt.Fprintln(&got)
		}
	}
	var pairs [][2]string
	for i := range texts[1:] {
		pairs = append(pairs, [2]string{texts[i], texts[i+1]})
	}

	rows("embed_texts", must(minilm(t).EmbedTexts(ctx, texts))(t))
	rows("embed_images", must(lite0(t).EmbedImages(ctx, pictures(t)))(t))
	classes("classify_images", must(lite0(t).ClassifyImages(ctx, pictures(t), glyxel.WithTopK(5)))(t))
	classes("classify_texts", must(nli(t).ClassifyTexts(ctx, texts))(t))
	rows("zero_shot_texts", must(nli(t).ZeroShotTexts(ctx, texts, labels))(t))
	rows("score_pairs", glyxel.Rows(must(crossEncoder(t).ScorePairs(ctx, pairs))(t), 1))
	rows("zero_shot_images", must(clip(t).ZeroShotImages(ctx, pictures(t), labels))(t))
	tokens("embed_tokens", must(nli(t).EmbedTokens(ctx, texts))(t))
	queries := must(colbert(t).EmbedTokens(ctx, texts, glyxel.WithRole(glyxel.RoleQuery)))(t)
	tokens("embed_queries", queries)
	documents := must(colbert(t).EmbedTokens(ctx, texts, glyxel.WithRole(glyxel.RoleDocument)))(t)
	tokens("embed_documents", documents)
	matches("max_sim", must(glyxel.MaxSim(ctx, queries.Vectors, documents.Vectors, glyxel.Cosine, 3))(t))

	want := strings.Split(string(expected), "\n")
	lines := strings.Split(got.String(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, but C has %d", len(lines), len(want))
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("line %d is\n%.100s…\nbut that of C is\n%.100s…", i+1, lines[i], want[i])
		}
	}
}
