package main

import (
	"context"
	"fmt"
	"log"

	"github.com/glyxel/glyxel/bindings/go"
)

func main() {
	ctx := context.Background()
	model, err := glyxel.Load(ctx, "target/models/all-MiniLM-L6-v2")
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	v, err := model.EmbedTexts(ctx, []string{"A kitten naps by the stove.", "The cat is asleep in the kitchen."})
	if err != nil {
		log.Fatal(err)
	}
	var cosine float32
	for i := range v[0] {
		cosine += v[0][i] * v[1][i]
	}
	fmt.Printf("%.3f\n", cosine)
}
