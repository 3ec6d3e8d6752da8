// Recommends sentences to somebody who liked two of them.
//
//	recommend MODEL      a checkpoint folder or a bundle
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

var sentences = []string{
	"A ferry takes you to the island in the morning.",
	"How to bake a crisp loaf of rye bread.",
	"Interest rates and what they mean for a mortgage.",
	"Sailing along the coast in a small boat.",
	"Pancakes with apples, as grandmother made them.",
	"A harbour guide for sailors on their first trip.",
	"Why cats sleep in the warmest place of the house.",
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: recommend MODEL")
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
	// >>> recommend
	liked, seen := []int{0, 3}, []int{2}
	found, err := glyxel.Recommend(ctx, vectors, liked, seen, glyxel.Cosine, 2)
	if err != nil {
		log.Fatal(err)
	}
	for _, match := range found {
		fmt.Printf("%.3f  %s\n", match.Score, sentences[match.Index])
	}
	// <<<
}
