// Learns what a customer wants from a few sentences of each kind, and tells it of another one.
//
//	intents MODEL QUESTION      a checkpoint folder or a bundle
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

var (
	names     = []string{"opening hours", "prices", "complaint"}
	sentences = []string{
		"When do you open on Sundays?", "Until what time is the shop open?",
		"How much is the large one?", "What does delivery cost?",
		"It broke on the second day already.", "I have been waiting for my order for weeks.",
	}
	labels = []int{0, 0, 1, 1, 2, 2}
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: intents MODEL QUESTION")
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	examples, err := model.EmbedTexts(ctx, sentences)
	if err != nil {
		log.Fatal(err)
	}
	questions, err := model.EmbedTexts(ctx, os.Args[2:])
	if err != nil {
		log.Fatal(err)
	}
	// >>> intents
	intents, err := glyxel.NewCentroids(len(names), model.Dim())
	if err != nil {
		log.Fatal(err)
	}
	defer intents.Close()
	if err := intents.Add(examples, labels); err != nil {
		log.Fatal(err)
	}
	given, err := intents.Classify(ctx, questions, 0.2)
	if err != nil {
		log.Fatal(err)
	}
	name := "something else"
	if given[0].Index >= 0 {
		name = names[given[0].Index]
	}
	fmt.Printf("%.3f  %s\n", given[0].Score, name)
	// <<<
}
