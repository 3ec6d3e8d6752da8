package glyxel_test

import (
	"context"
	"math"
	"reflect"
	"sort"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// sequences cuts rows, all of them, into items of so many rows each.
func sequences(rows [][]float32, counts ...int) [][][]float32 {
	items := make([][][]float32, len(counts))
	for i, count := range counts {
		items[i], rows = rows[:count], rows[count:]
	}
	return items
}

// bestDocuments is max_sim as everybody would write it.
func bestDocuments(query [][]float32, documents [][][]float32, metric glyxel.Metric, k int) []glyxel.Match {
	all := make([]glyxel.Match, len(documents))
	for i, document := range documents {
		sum := 0.0
		for _, asked := range query {
			best := math.Inf(-1)
			for _, row := range document {
				score := dot(asked, row)
				if metric == glyxel.Cosine {
					score /= lengthOf(asked) * lengthOf(row)
				}
				best = math.Max(best, score)
			}
			sum += best
		}
		all[i] = glyxel.Match{Index: i, Score: float32(sum)}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Score > all[j].Score })
	return all[:k]
}

func TestMaxSim(t *testing.T) {
	queries := sequences(random(11, 12, 19), 5, 1, 0, 6)
	lengths := make([]int, 90)
	total := 0
	for i := range lengths {
		lengths[i] = 1 + i*7%23
		total += lengths[i]
	}
	documents := sequences(random(12, total, 19), lengths...)
	for _, metric := range []glyxel.Metric{glyxel.Cosine, glyxel.Dot} {
		found := must(glyxel.MaxSim(ctx, queries, documents, metric, 10))(t)
		for i, row := range found {
			wantMatches(t, row, bestDocuments(queries[i], documents, metric, 10))
		}
		// A query without vectors.
		for rank, match := range found[2] {
			if match != (glyxel.Match{Index: rank, Score: 0}) {
				t.Errorf("a query of no vectors finds %v", match)
			}
		}
		var apart [][][]float32
		for _, rows := range documents {
			apart = append(apart, scattered(rows))
		}
		if other := must(glyxel.MaxSim(ctx, queries, apart, metric, 10))(t); !reflect.DeepEqual(found, other) {
			t.Error("rows in arrays of their own give another result")
		}
		// A stretch of one array; its items in another order, and one twice: of equal scores the lower index comes first.
		wantMatches(t, must(glyxel.MaxSim(ctx, queries[:1], documents[7:20], metric, 4))(t)[0], bestDocuments(queries[0], documents[7:20], metric, 4))
		mixed := [][][]float32{documents[5], documents[3], documents[4], documents[5]}
		found = must(glyxel.MaxSim(ctx, queries[3:], mixed, metric, 4))(t)
		wantMatches(t, found[0], bestDocuments(queries[3], mixed, metric, 4))
	}
	if none := must(glyxel.MaxSim(ctx, nil, documents, glyxel.Cosine, 3))(t); len(none) != 0 {
		t.Errorf("no queries gave %v", none)
	}
	if none := must(glyxel.MaxSim(ctx, queries, documents, glyxel.Cosine, 0))(t); len(none) != 4 || len(none[0]) != 0 {
		t.Errorf("k = 0 gave %v", none)
	}
	if none := must(glyxel.MaxSim(ctx, nil, nil, glyxel.Dot, 0))(t); len(none) != 0 {
		t.Errorf("nothing at all gave %v", none)
	}
}

// Of a text's vectors each is nearest to itself.
func TestMaxSimOfTexts(t *testing.T) {
	texts := readLines(t, "tests/fixtures/vectors/texts.txt")
	vectors := must(minilm(t).EmbedTokens(ctx, texts))(t).Vectors
	for i, row := range must(glyxel.MaxSim(ctx, vectors, vectors, glyxel.Cosine, 2))(t) {
		if row[0].Index != i || math.Abs(float64(row[0].Score)-float64(len(vectors[i]))) > 1e-3 {
			t.Errorf("text %d, of %d tokens: %v", i, len(vectors[i]), row)
		}
	}
}

func TestMaxSimOfColBERT(t *testing.T) {
	texts := readLines(t, "tests/fixtures/vectors/texts.txt")
	queries := must(colbert(t).EmbedTokens(ctx, texts[:2], glyxel.WithRole(glyxel.RoleQuery)))(t)
	documents := must(colbert(t).EmbedTokens(ctx, texts, glyxel.WithRole(glyxel.RoleDocument)))(t)
	for _, metric := range []glyxel.Metric{glyxel.Cosine, glyxel.Dot} {
		for i, row := range must(glyxel.MaxSim(ctx, queries.Vectors, documents.Vectors, metric, 5))(t) {
			wantMatches(t, row, bestDocuments(queries.Vectors[i], documents.Vectors, metric, 5))
		}
	}
}

func TestMaxSimOfWhatCannotBe(t *testing.T) {
	good := sequences(random(13, 6, 3), 2, 4)
	for name, try := range map[string]struct {
		queries, documents [][][]float32
		metric             glyxel.Metric
		k                  int
		says               string
	}{
		"an empty document": {good, [][][]float32{good[0], {}, good[1]}, glyxel.Cosine, 1, "documents[1]"},
		"ragged documents":  {good, [][][]float32{good[0], {{1, 2, 3}, {1, 2}}}, glyxel.Cosine, 1, "documents[1][1] has 2"},
		"ragged queries":    {[][][]float32{{{1, 2, 3}}, {{1, 2, 3, 4}}}, good, glyxel.Cosine, 1, "queries[1][0] has 4"},
		"other lengths":     {[][][]float32{{{1, 2}}}, good, glyxel.Cosine, 1, "queries[0][0] has 2"},
		"rows of nothing":   {[][][]float32{{{}}}, [][][]float32{{{}}}, glyxel.Cosine, 1, "dim"},
		"a NaN":             {good, [][][]float32{{{1, float32(math.NaN()), 3}}}, glyxel.Dot, 1, "documents"},
		"an infinity":       {[][][]float32{{{1, 2, float32(math.Inf(1))}}}, good, glyxel.Dot, 1, "queries"},
		"distances":         {good, good, glyxel.Euclidean, 1, "EUCLIDEAN"},
		"no metric":         {good, good, 42, 1, "42"},
		"k too large":       {good, good, glyxel.Cosine, 3, "3"},
		"k endless":         {good, good, glyxel.Cosine, math.MaxInt, ""},
		"k negative":        {good, good, glyxel.Cosine, -1, "-1"},
		"no documents":      {good, nil, glyxel.Cosine, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := glyxel.MaxSim(ctx, try.queries, try.documents, try.metric, try.k)
			wantError(t, err, glyxel.ErrInvalidArgument, try.says)
		})
	}
}

func TestMaxSimIsCancelledInMidCall(t *testing.T) {
	rows := random(14, 60_000, 64)
	var documents [][][]float32
	for i := 0; i < len(rows); i += 10 {
		documents = append(documents, rows[i:i+10])
	}
	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	// 60,000 × 60,000 comparisons.
	_, err := glyxel.MaxSim(cancelled, documents, documents, glyxel.Cosine, 10, glyxel.WithProgress(func(glyxel.Progress) { cancel() }))
	wantContextError(t, err, context.Canceled)
}
