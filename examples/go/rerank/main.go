// Says how well each document answers a query, with a cross-encoder.
//
//	rerank MODEL QUERY DOCUMENT...      a checkpoint folder or a bundle whose head has one logit
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

// >>> rerank
// score gives each document a score, in their order: the higher, the better the answer.
func score(ctx context.Context, model *glyxel.Model, query string, documents []string) ([]float32, error) {
	pairs := make([][2]string, len(documents))
	for i, document := range documents {
		pairs[i] = [2]string{query, document}
	}
	return model.ScorePairs(ctx, pairs)
}

// <<<

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: rerank MODEL QUERY DOCUMENT...")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	documents := os.Args[3:]
	scores, err := score(ctx, model, os.Args[2], documents)
	if err != nil {
		log.Fatal(err)
	}
	for i, document := range documents {
		fmt.Printf("%.3f  %s\n", scores[i], document)
	}
}
