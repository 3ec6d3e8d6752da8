// Finds the sentences that answer a query best.
//
//	search MODEL QUERY      a checkpoint folder or a bundle
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
		log.Fatal("usage: search MODEL QUERY")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	if err := search(ctx, model, os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

// >>> search
// search prints the three sentences that are nearest to the query.
func search(ctx context.Context, model *glyxel.Model, query string) error {
	corpus, err := model.EmbedTexts(ctx, sentences)
	if err != nil {
		return err
	}
	queries, err := model.EmbedTexts(ctx, []string{query})
	if err != nil {
		return err
	}
	nearest, err := glyxel.TopK(ctx, queries, corpus, glyxel.Cosine, 3)
	if err != nil {
		return err
	}
	for _, match := range nearest[0] {
		fmt.Printf("%.3f  %s\n", match.Score, sentences[match.Index])
	}
	return nil
}

// <<<
