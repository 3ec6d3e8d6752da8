// Finds sentences that say the same: the pairs of a file's lines whose vectors are nearly alike.
//
//	duplicates [MODEL [FILE [THRESHOLD]]]     a model; texts, one a line; the least cosine. If left out: all-MiniLM-L6-v2 and
//	                                          film reviews as `make` fetched them, and 0.9
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/glyxel/glyxel/bindings/go"
)

func main() {
	arguments := append(os.Args[1:], []string{"target/models/all-MiniLM-L6-v2", "target/data/reviews.txt", "0.9"}[min(len(os.Args)-1, 3):]...)
	text, err := os.ReadFile(arguments[1])
	if err != nil {
		log.Fatal(err)
	}
	threshold, err := strconv.ParseFloat(arguments[2], 32)
	if err != nil {
		log.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")

	ctx := context.Background()
	model, err := glyxel.Load(ctx, arguments[0])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	fmt.Printf("embedding %d lines\n", len(lines))
	if err := duplicates(ctx, model, lines, float32(threshold)); err != nil {
		log.Fatal(err)
	}
}

// >>> duplicates
// duplicates prints the best pairs of lines whose cosine reaches the threshold.
func duplicates(ctx context.Context, model *glyxel.Model, lines []string, threshold float32) error {
	vectors, err := model.EmbedTexts(ctx, lines)
	if err != nil {
		return err
	}
	pairs, err := glyxel.Duplicates(ctx, vectors, threshold, 0)
	if err != nil {
		return err
	}
	fmt.Printf("pairs with a cosine of %.2f or more: %d\n", threshold, len(pairs))
	for _, pair := range pairs[:min(len(pairs), 10)] {
		fmt.Printf("%.3f\n%7d: %s\n%7d: %s\n", pair.Score, pair.First+1, lines[pair.First], pair.Second+1, lines[pair.Second])
	}
	return nil
}

// <<<
