// Says how well labels fit a text, with a model that was trained on inference.
//
//	zero_shot_texts MODEL TEXT LABEL...      a checkpoint folder or a bundle with a head for NLI
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

// >>> zero_shot_texts
// topics says how well each label fits the text; the scores sum to 1.
func topics(ctx context.Context, model *glyxel.Model, text string, labels []string) ([]float32, error) {
	scores, err := model.ZeroShotTexts(ctx, []string{text}, labels, glyxel.WithTemplate("This text is about {}."))
	if err != nil {
		return nil, err
	}
	return scores[0], nil
}

// <<<

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: zero_shot_texts MODEL TEXT LABEL...")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	labels := os.Args[3:]
	scores, err := topics(ctx, model, os.Args[2], labels)
	if err != nil {
		log.Fatal(err)
	}
	for i, label := range labels {
		fmt.Printf("%.3f  %s\n", scores[i], label)
	}
}
