// Says what texts are, by the classes that a model was trained on.
//
//	classify_texts MODEL TEXT...      a checkpoint folder or a bundle with a head for whole texts
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

// >>> classify_texts
// printClasses prints the likeliest class of each text and its score.
func printClasses(ctx context.Context, model *glyxel.Model, texts []string) error {
	predictions, err := model.ClassifyTexts(ctx, texts, glyxel.WithTopK(1))
	if err != nil {
		return err
	}
	for i, text := range texts {
		best := predictions[i][0]
		fmt.Printf("%.3f  %s  %s\n", best.Score, best.Label, text)
	}
	return nil
}

// <<<

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: classify_texts MODEL TEXT...")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	if err := printClasses(ctx, model, os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}
