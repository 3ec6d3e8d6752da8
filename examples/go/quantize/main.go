// Searches in vectors of one bit a number, and has the float query decide among the best.
//
//	quantize MODEL QUERY      a checkpoint folder or a bundle
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

var sentences = []string{
	"The ferry to the island leaves at half past seven.",
	"A good pancake batter should rest for half an hour.",
	"The central bank raised interest rates again on Thursday.",
	"Our cat sleeps on the warm lid of the laundry basket.",
	"Mortgages have become more expensive this year.",
	"The last train back leaves the coast shortly before midnight.",
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: quantize MODEL QUERY")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	vectors, err := model.EmbedTexts(ctx, sentences)
	if err != nil {
		log.Fatal(err)
	}
	queries, err := model.EmbedTexts(ctx, os.Args[2:])
	if err != nil {
		log.Fatal(err)
	}
	if err := search(ctx, queries, vectors); err != nil {
		log.Fatal(err)
	}
}

// >>> quantize
// search finds the nearest by one bit a number; the floats of the queries decide among the best.
func search(ctx context.Context, queries, vectors [][]float32) error {
	corpus, err := glyxel.Quantize(ctx, vectors, glyxel.Ubinary, nil)
	if err != nil {
		return err
	}
	bits, err := glyxel.Quantize(ctx, queries, glyxel.Ubinary, nil)
	if err != nil {
		return err
	}
	dim := len(vectors[0])
	nearest, err := glyxel.TopKQuantized(ctx, bits, corpus, dim, glyxel.Ubinary, 2, &glyxel.Rescore{Queries: queries})
	if err != nil {
		return err
	}
	fmt.Printf("%d bytes a vector instead of %d\n", len(corpus[0]), 4*dim)
	for _, match := range nearest[0] {
		fmt.Printf("%.3f  %s\n", match.Score, sentences[match.Index])
	}
	return nil
}

// <<<
