// Says how well labels fit a picture, with a model of texts and pictures.
//
//	zero_shot_images MODEL PICTURE LABEL...      a checkpoint folder or a bundle of CLIP or SigLIP; a file
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

// >>> zero_shot_images
// fit says how well each label fits the picture; file holds the bytes of a JPEG, PNG ... With CLIP the scores sum to 1.
func fit(ctx context.Context, model *glyxel.Model, file []byte, labels []string) ([]float32, error) {
	scores, err := model.ZeroShotImages(ctx, []glyxel.Image{glyxel.Encoded(file)}, labels)
	if err != nil {
		return nil, err
	}
	return scores[0], nil
}

// <<<

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: zero_shot_images MODEL PICTURE LABEL...")
	}
	file, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	labels := os.Args[3:]
	scores, err := fit(ctx, model, file, labels)
	if err != nil {
		log.Fatal(err)
	}
	for i, label := range labels {
		fmt.Printf("%.3f  %s\n", scores[i], label)
	}
}
