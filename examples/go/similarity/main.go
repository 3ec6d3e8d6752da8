// Embeds some sentences, prints how similar each is to each, and finds the one nearest to a query.
//
//	similarity [MODEL]      a checkpoint folder or a bundle; all-MiniLM-L6-v2 as `make` fetched it, if left out
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

var sentences = []string{
	"The ferry to the island leaves at half past seven.",
	"When does the boat go out in the morning?",
	"Whisk the eggs with sugar until the foam is pale.",
	"A good pancake batter should rest for half an hour.",
	"The central bank raised interest rates again on Thursday.",
	"Mortgages have become more expensive this year.",
	"Our cat sleeps on the warm lid of the laundry basket.",
	"The kitten curled up beside the radiator.",
}

const query = "How do I cook breakfast for my children?"

func main() {
	source := "target/models/all-MiniLM-L6-v2"
	if len(os.Args) > 1 {
		source = os.Args[1]
	}
	fmt.Printf("glyxel %s\nloading %s (the first time, it is converted)\n", glyxel.Version(), source)
	ctx := context.Background()
	model, err := glyxel.Load(ctx, source)
	if errors.Is(err, glyxel.ErrNotFound) {
		log.Fatalf("%v\n`make demo` fetches one", err)
	} else if err != nil {
		log.Fatal(err)
	}
	defer model.Close()

	// >>> embed
	// Unit vectors are asked for, whatever the model says: of these the cosine is the dot product.
	vectors, err := model.EmbedTexts(ctx, append(sentences, query), glyxel.WithNormalize(true))
	if err != nil {
		log.Fatal(err)
	}
	// <<<
	fmt.Printf("%d texts, %d numbers each\n\n", len(vectors), model.Dim())

	for i := range sentences {
		fmt.Printf("%6d", i+1)
	}
	fmt.Println()
	for i, sentence := range sentences {
		for j := range sentences {
			fmt.Printf("%6.2f", similarity(vectors[i], vectors[j]))
		}
		fmt.Printf("   %d  %s\n", i+1, sentence)
	}

	asked, nearest := vectors[len(sentences)], 0
	for i := range sentences {
		if similarity(asked, vectors[i]) > similarity(asked, vectors[nearest]) {
			nearest = i
		}
	}
	fmt.Printf("\n%s\n  is nearest to: %s (%.2f)\n", query, sentences[nearest], similarity(asked, vectors[nearest]))
}

func similarity(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
