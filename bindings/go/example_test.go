package glyxel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"log"
	"os"
	"time"

	"github.com/glyxel/glyxel/bindings/go"
)

func Example() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	vectors, err := model.EmbedTexts(ctx, []string{"A kitten naps by the stove.", "The cat is asleep in the kitchen."})
	if err != nil {
		log.Fatal(err)
	}
	var cosine float32
	for i := range vectors[0] {
		cosine += vectors[0][i] * vectors[1][i]
	}
	fmt.Printf("%d values, %.3f\n", model.Dim(), cosine)
	// Output: 384 values, 0.582
}

func ExampleLoad_errors() {
	_, err := glyxel.Load(context.Background(), "nobody/has-this", glyxel.Offline())
	var problem *glyxel.Error
	fmt.Println(errors.Is(err, glyxel.ErrNotFound), errors.As(err, &problem) && problem.Status == glyxel.ErrNotFound)
	// Output: true true
}

func ExampleLoad_timeout() {
	// Downloading and converting included.
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	_, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2")
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, glyxel.ErrTimeout), errors.Is(err, glyxel.ErrCancelled))
	// Output: true true true
}

func ExampleModel_EmbedTextsInto() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	texts := []string{"one", "two", "three"}
	room := make([]float32, len(texts)*model.Dim())
	if err := model.EmbedTextsInto(ctx, room, texts); err != nil {
		log.Fatal(err)
	}
	rows := glyxel.Rows(room, model.Dim())
	fmt.Println(len(rows), &rows[1][0] == &room[model.Dim()])
	// Output: 3 true
}

func ExampleModel_CountTokens() {
	model, err := glyxel.Load(context.Background(), "sentence-transformers/all-MiniLM-L6-v2")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	counts, err := model.CountTokens([]string{"", "hello world"})
	fmt.Println(counts, err)
	// Output: [2 4] <nil>
}

func ExampleModel_ClassifyImages() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "timm/tf_efficientnet_lite0.in1k")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	file, err := os.ReadFile("../../target/data/cats/n02123045_281_tabby_cat.jpg")
	if err != nil {
		log.Fatal(err)
	}
	seen, err := model.ClassifyImages(ctx, []glyxel.Image{glyxel.Encoded(file)}, glyxel.WithTopK(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(seen[0][0].Label)
	// Output: tabby cat
}

func ExampleFromImage() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "timm/tf_efficientnet_lite0.in1k")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	canvas := image.NewRGBA(image.Rect(0, 0, 64, 64))
	canvas.Set(32, 32, color.White)
	vectors, err := model.EmbedImages(ctx, []glyxel.Image{glyxel.FromImage(canvas)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vectors[0]))
	// Output: 1280
}

func ExamplePixels() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "timm/tf_efficientnet_lite0.in1k")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	// What OpenGL's glReadPixels gives: the bottom row first.
	frame := glyxel.Pixels{Format: glyxel.RGBA8, Width: 320, Height: 200, Data: bytes.Repeat([]byte{255, 80, 0, 255}, 320*200), BottomUp: true}
	vectors, err := model.EmbedImages(ctx, []glyxel.Image{frame.Image()}, glyxel.WithNormalize(true))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vectors[0]))
	// Output: 1280
}

// The small models of the next examples have random weights, so that only the number of scores means something.

func ExampleModel_ClassifyTexts() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "../../tests/fixtures/heads/bert")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	classes, err := model.ClassifyTexts(ctx, []string{"The film was good.", "The film was bad."}, glyxel.WithTopK(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(classes), len(classes[0]))
	// Output: 2 2
}

func ExampleModel_ScorePairs() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "../../tests/fixtures/heads/bert_cross_encoder")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	query := "how long is the river"
	scores, err := model.ScorePairs(ctx, [][2]string{{query, "A long river."}, {query, "A good film."}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(scores))
	// Output: 2
}

func ExampleModel_ZeroShotTexts() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "../../tests/fixtures/heads/bert")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	labels := []string{"cinema", "geography", "cooking"}
	scores, err := model.ZeroShotTexts(ctx, []string{"The film was good."}, labels, glyxel.WithTemplate("This text is about {}."))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d scores that sum to %.2f\n", len(scores[0]), scores[0][0]+scores[0][1]+scores[0][2])
	// Output: 3 scores that sum to 1.00
}

func ExampleModel_ZeroShotImages() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "../../tests/fixtures/images/clip")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	file, err := os.ReadFile("../../tests/fixtures/pictures/420.jpg")
	if err != nil {
		log.Fatal(err)
	}
	scores, err := model.ZeroShotImages(ctx, []glyxel.Image{glyxel.Encoded(file)}, []string{"a cat", "a dog"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d scores that sum to %.2f\n", len(scores[0]), scores[0][0]+scores[0][1])
	// Output: 2 scores that sum to 1.00
}

func ExampleTopK() {
	corpus := [][]float32{{1, 0}, {0.6, 0.8}, {0, 1}}
	nearest, err := glyxel.TopK(context.Background(), [][]float32{{0, 2}}, corpus, glyxel.Cosine, 2)
	fmt.Println(nearest, err)
	// Output: [[{2 1} {1 0.8}]] <nil>
}

func ExampleModel_EmbedTokens() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	text := "Embeddings!"
	found, err := model.EmbedTokens(ctx, []string{text})
	if err != nil {
		log.Fatal(err)
	}
	for i, token := range found.Tokens[0] {
		fmt.Printf("%s from %q: %d values\n", token.Piece, text[token.Begin:token.End], len(found.Vectors[0][i]))
	}
	// Output:
	// [CLS] from "": 384 values
	// em from "Em": 384 values
	// ##bed from "bed": 384 values
	// ##ding from "ding": 384 values
	// ##s from "s": 384 values
	// ! from "!": 384 values
	// [SEP] from "": 384 values
}

func ExampleMaxSim() {
	query := [][]float32{{1, 0}, {0, 1}}
	documents := [][][]float32{{{1, 0}}, {{0.6, 0.8}}, {{0, 1}, {1, 0}, {-1, 0}}}
	best, err := glyxel.MaxSim(context.Background(), [][][]float32{query}, documents, glyxel.Cosine, 2)
	fmt.Println(best, err)
	// Output: [[{2 2} {1 1.4}]] <nil>
}

func ExampleDuplicates() {
	vectors := [][]float32{{1, 0}, {0, 1}, {2, 0}}
	pairs, err := glyxel.Duplicates(context.Background(), vectors, 0.9, 0)
	fmt.Println(pairs, err)
	// Output: [{0 2 1}] <nil>
}

func ExampleRecommend() {
	items := [][]float32{{1, 0}, {0.8, 0.6}, {0, 1}, {0.6, 0.8}}
	found, err := glyxel.Recommend(context.Background(), items, []int{0}, []int{2}, glyxel.Cosine, 2)
	fmt.Println(found, err)
	// Output: [{1 0.8} {3 0.6}] <nil>
}

func ExampleCentroids() {
	intents, err := glyxel.NewCentroids(2, 2)
	if err != nil {
		log.Fatal(err)
	}
	defer intents.Close()
	if err := intents.Add([][]float32{{1, 0}, {0, 1}}, []int{0, 1}); err != nil {
		log.Fatal(err)
	}
	given, err := intents.Classify(context.Background(), [][]float32{{3, 4}, {-1, -1}}, 0.3)
	fmt.Println(given[0], given[1].Index, err)
	// Output: {1 0.8} -1 <nil>
}

func ExampleQuantize() {
	ctx := context.Background()
	vectors := [][]float32{{0.3, -0.1, 0.2, 0.9, -1, -1, -1, 0.1}, {-1, -1, -1, -1, 1, 1, 1, 1}}
	codes, err := glyxel.Quantize(ctx, vectors, glyxel.Ubinary, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%08b %08b\n", codes[0], codes[1])
	nearest, err := glyxel.TopKQuantized(ctx, codes[:1], codes, 8, glyxel.Ubinary, 2, nil)
	fmt.Println(nearest, err)
	// Output:
	// [10110001] [00001111]
	// [[{0 0} {1 6}]] <nil>
}

func ExampleWithProgress() {
	ctx := context.Background()
	var last glyxel.Progress
	model, err := glyxel.Load(ctx, "sentence-transformers/all-MiniLM-L6-v2", glyxel.WithProgress(func(p glyxel.Progress) { last = p }))
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	fmt.Println(last.Stage)
	// Output: loading
}

func ExampleSetLog() {
	err := glyxel.SetLog(func(level glyxel.LogLevel, message string) { log.Println(level.Level(), message) })
	fmt.Println(err)
	err = glyxel.SetLog(nil)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
}
