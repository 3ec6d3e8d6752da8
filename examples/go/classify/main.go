// Says what is on pictures.
//
//	classify MODEL PICTURE...      a checkpoint folder or a bundle with a head for classes; files of any usual format
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/glyxel/glyxel/bindings/go"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: classify MODEL PICTURE...")
	}
	fmt.Printf("loading %s (the first time, it is converted)\n", os.Args[1])
	ctx := context.Background()
	model, err := glyxel.Load(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	if err := classify(ctx, model, os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

// >>> classify
// classify prints the three likeliest classes of each picture.
func classify(ctx context.Context, model *glyxel.Model, paths []string) error {
	images := make([]glyxel.Image, len(paths))
	for i, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		images[i] = glyxel.Encoded(file)
	}
	predictions, err := model.ClassifyImages(ctx, images, glyxel.WithTopK(3))
	if err != nil {
		return err
	}
	for i, path := range paths {
		fmt.Printf("\n%s\n", path)
		for _, class := range predictions[i] {
			fmt.Printf("%6.1f %%  %s\n", 100*class.Score, class.Label)
		}
	}
	return nil
}

// <<<
