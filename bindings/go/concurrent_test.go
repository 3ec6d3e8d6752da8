package glyxel_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// Many goroutines call one model in every way at once: each gets what it would get alone.
func TestManyGoroutines(t *testing.T) {
	model, heads, late, images := small(t), nli(t), colbert(t), clip(t)
	pictures := pictures(t)
	text := func(i int) string { return fmt.Sprintf("the river number %d and a film", i) }
	alone, tokens := make([][]float32, 16), make([][][]float32, 16)
	for i := range alone {
		alone[i] = must(model.EmbedTexts(ctx, []string{text(i)}))(t)[0]
		tokens[i] = must(late.EmbedTokens(ctx, []string{text(i)}, glyxel.WithRole(glyxel.RoleQuery)))(t).Vectors[0]
	}
	var all sync.WaitGroup
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for round := 0; round < 10; round++ {
				rows, err := model.EmbedTexts(ctx, []string{text(i)})
				if err != nil {
					t.Error(err)
					return
				}
				if cosine := dot(rows[0], alone[i]); cosine < 0.999999 {
					t.Errorf("text %d: a cosine of %v with its vector alone", i, cosine)
				}
				found, err := late.EmbedTokens(ctx, []string{text(i)}, glyxel.WithRole(glyxel.RoleQuery))
				if err != nil {
					t.Error(err)
					return
				}
				for j, vector := range found.Vectors[0] {
					if cosine := dot(vector, tokens[i][j]); cosine < 0.999999 {
						t.Errorf("text %d: token %d has a cosine of %v with its vector alone", i, j, cosine)
					}
				}
				if _, err := glyxel.MaxSim(ctx, found.Vectors, tokens, glyxel.Cosine, 3); err != nil {
					t.Error(err)
				}
				if _, err := heads.ClassifyTexts(ctx, []string{text(i)}); err != nil {
					t.Error(err)
				}
				if _, err := images.ZeroShotImages(ctx, pictures[i%len(pictures):], []string{"cat", "film"}); err != nil {
					t.Error(err)
				}
				if _, err := glyxel.TopK(ctx, rows, alone, glyxel.Cosine, 3); err != nil {
					t.Error(err)
				}
				cancelled, cancel := context.WithCancel(ctx)
				go cancel()
				if _, err := model.EmbedTexts(cancelled, []string{text(i)}, glyxel.WithProgress(func(glyxel.Progress) {})); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		}(i)
	}
	all.Wait()
}

// Closing in the middle: calls that have begun end well, later ones are refused.
func TestCloseWhileInUse(t *testing.T) {
	for round := 0; round < 20; round++ {
		model := must(glyxel.Load(ctx, filepath.Join(root, "tests/fixtures/bert/plain")))(t)
		var all sync.WaitGroup
		for i := 0; i < 4; i++ {
			all.Add(2)
			go func() {
				defer all.Done()
				for {
					_, err := model.EmbedTexts(ctx, []string{"the film", "a river"})
					if err == nil {
						_, err = model.EmbedTokens(ctx, []string{"the film", "a river"})
					}
					if err != nil {
						if !errors.Is(err, glyxel.ErrInvalidHandle) {
							t.Error(err)
						}
						return
					}
				}
			}()
			go func() {
				defer all.Done()
				model.Close()
			}()
		}
		all.Wait()
	}
}

func TestCentroidsWhileTheyLearn(t *testing.T) {
	c := must(glyxel.NewCentroids(2, 3))(t)
	defer c.Close()
	if err := c.Add([][]float32{{1, 0, 0}}, []int{0}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(2)
		go func() {
			defer all.Done()
			for i := 0; i < 50; i++ {
				if err := c.Add([][]float32{{0, 1, 0}}, []int{1}); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() {
			defer all.Done()
			for i := 0; i < 50; i++ {
				if found, err := c.Classify(ctx, [][]float32{{1, 0.1, 0}}, -1); err != nil || found[0].Index != 0 {
					t.Errorf("%v, %v", found, err)
				}
			}
		}()
	}
	all.Wait()
	if _, examples, _ := c.Centroid(1); examples != 400 {
		t.Errorf("%d examples", examples)
	}
}
