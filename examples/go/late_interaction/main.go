// Finds the sentences that answer a query best, word by word, and says which word answered which.
//
//	late_interaction MODEL QUERY [colbert]
//
// MODEL is any text encoder; with one that was trained for it (say "colbert"), the order is much better.
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
	colbert := len(os.Args) == 4 && os.Args[3] == "colbert"
	if len(os.Args) != 3 && !colbert {
		log.Fatal("usage: late_interaction MODEL QUERY [colbert]")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	queryRole, documentRole := glyxel.RoleText, glyxel.RoleText
	if colbert {
		queryRole, documentRole = glyxel.RoleQuery, glyxel.RoleDocument
	}
	query := os.Args[2]
	// >>> late_interaction
	documents, err := model.EmbedTokens(ctx, sentences, glyxel.WithRole(documentRole), glyxel.WithNormalize(true))
	if err != nil {
		log.Fatal(err)
	}
	queries, err := model.EmbedTokens(ctx, []string{query}, glyxel.WithRole(queryRole), glyxel.WithNormalize(true))
	if err != nil {
		log.Fatal(err)
	}
	best, err := glyxel.MaxSim(ctx, queries.Vectors, documents.Vectors, glyxel.Cosine, 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, match := range best[0] {
		fmt.Printf("%.3f  %s\n", match.Score, sentences[match.Index])
	}
	// <<<
	explain(query, queries, documents, best[0][0].Index)
}

// explain prints which of the sentence's words is nearest to each of the query's.
func explain(query string, queries, documents *glyxel.TokenVectors, best int) {
	for i, asked := range queries.Tokens[0] {
		if asked.Begin == asked.End {
			continue // a special token
		}
		nearest, which := float32(-2), glyxel.Token{}
		for j, vector := range documents.Vectors[best] {
			if cosine := dot(queries.Vectors[0][i], vector); cosine > nearest {
				nearest, which = cosine, documents.Tokens[best][j]
			}
		}
		word := sentences[best][which.Begin:which.End]
		if word == "" {
			word = "the sentence as a whole"
		}
		fmt.Printf("    %s - %s (%.2f)\n", query[asked.Begin:asked.End], word, nearest)
	}
}

func dot(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
