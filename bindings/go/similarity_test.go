package glyxel_test

import (
	"math"
	"math/rand"
	"reflect"
	"sort"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// random rows, over one array.
func random(seed int64, n, dim int) [][]float32 {
	from := rand.New(rand.NewSource(seed))
	values := make([]float32, n*dim)
	for i := range values {
		values[i] = float32(from.NormFloat64())
	}
	return glyxel.Rows(values, dim)
}

// scattered are the same rows, each in an array of its own.
func scattered(rows [][]float32) [][]float32 {
	var apart [][]float32
	for _, row := range rows {
		apart = append(apart, append([]float32(nil), row...))
	}
	return apart
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// nearest is top_k as everybody would write it.
func nearest(query []float32, corpus [][]float32, metric glyxel.Metric, k int) []glyxel.Match {
	all := make([]glyxel.Match, len(corpus))
	for i, row := range corpus {
		score := dot(query, row)
		switch metric {
		case glyxel.Cosine:
			score /= math.Sqrt(dot(query, query) * dot(row, row))
		case glyxel.Euclidean:
			score = 0
			for j := range row {
				d := float64(query[j]) - float64(row[j])
				score += d * d
			}
			score = math.Sqrt(score)
		}
		all[i] = glyxel.Match{Index: i, Score: float32(score)}
	}
	sort.SliceStable(all, func(i, j int) bool {
		if metric == glyxel.Euclidean {
			return all[i].Score < all[j].Score
		}
		return all[i].Score > all[j].Score
	})
	return all[:k]
}

func wantMatches(t *testing.T, got, want []glyxel.Match) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d matches, not %d", len(got), len(want))
	}
	for i := range want {
		if got[i].Index != want[i].Index || math.Abs(float64(got[i].Score-want[i].Score)) > 1e-5*math.Max(1, math.Abs(float64(want[i].Score))) {
			t.Errorf("match %d is %v, not %v", i, got[i], want[i])
		}
	}
}

func TestTopK(t *testing.T) {
	corpus, queries := random(1, 300, 37), random(2, 5, 37)
	for _, metric := range []glyxel.Metric{glyxel.Cosine, glyxel.Dot, glyxel.Euclidean} {
		found := must(glyxel.TopK(ctx, queries, corpus, metric, 9))(t)
		for i, row := range found {
			wantMatches(t, row, nearest(queries[i], corpus, metric, 9))
		}
		if apart := must(glyxel.TopK(ctx, scattered(queries), scattered(corpus), metric, 9))(t); !reflect.DeepEqual(found, apart) {
			t.Error("rows in arrays of their own give another result")
		}
		// Parts of one array, not in its order, and one row twice.
		mixed := [][]float32{corpus[5], corpus[3], corpus[4], corpus[4]}
		wantMatches(t, must(glyxel.TopK(ctx, queries[:1], mixed, metric, 4))(t)[0], nearest(queries[0], mixed, metric, 4))
		wantMatches(t, must(glyxel.TopK(ctx, queries[:1], corpus[7:20], metric, 4))(t)[0], nearest(queries[0], corpus[7:20], metric, 4))
	}
	if none := must(glyxel.TopK(ctx, nil, corpus, glyxel.Cosine, 3))(t); len(none) != 0 {
		t.Errorf("no queries gave %v", none)
	}
	if none := must(glyxel.TopK(ctx, queries, corpus, glyxel.Cosine, 0))(t); len(none) != 5 || len(none[0]) != 0 {
		t.Errorf("k = 0 gave %v", none)
	}
	if none := must(glyxel.TopK(ctx, nil, nil, glyxel.Cosine, 0))(t); len(none) != 0 {
		t.Errorf("nothing at all gave %v", none)
	}
}

func TestRecommend(t *testing.T) {
	items := random(3, 60, 8)
	found := must(glyxel.Recommend(ctx, items, []int{4, 9}, []int{1, 2, 3}, glyxel.Dot, 5))(t)
	mean := make([]float32, 8)
	for i := range mean {
		mean[i] = (items[4][i] + items[9][i]) / 2
	}
	var want []glyxel.Match
	for _, match := range nearest(mean, items, glyxel.Dot, 60) {
		if i := match.Index; i != 4 && i != 9 && (i < 1 || i > 3) {
			want = append(want, match)
		}
	}
	wantMatches(t, found, want[:5])
	_, err := glyxel.Recommend(ctx, items, nil, nil, glyxel.Dot, 1)
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = glyxel.Recommend(ctx, items, []int{60}, nil, glyxel.Dot, 1)
	wantError(t, err, glyxel.ErrInvalidArgument, "60")
	_, err = glyxel.Recommend(ctx, items, []int{1}, []int{-1}, glyxel.Dot, 1)
	wantError(t, err, glyxel.ErrInvalidArgument, "seen[0]")
	_, err = glyxel.Recommend(ctx, items, []int{1}, nil, glyxel.Dot, 60)
	wantError(t, err, glyxel.ErrInvalidArgument)
}

func TestDuplicates(t *testing.T) {
	vectors := random(4, 200, 16)
	copy(vectors[150], vectors[20])
	copy(vectors[151], vectors[20])
	for i := range vectors[30] {
		vectors[31][i] = 3 * vectors[30][i]
	}
	pairs := must(glyxel.Duplicates(ctx, vectors, 0.999, 0))(t)
	want := []glyxel.Pair{{20, 150, 1}, {20, 151, 1}, {30, 31, 1}, {150, 151, 1}}
	if !reflect.DeepEqual(pairs, want) {
		t.Errorf("%v", pairs)
	}
	if few := must(glyxel.Duplicates(ctx, scattered(vectors), 0.999, 2))(t); !reflect.DeepEqual(few, want[:2]) {
		t.Errorf("the best 2 are %v", few)
	}
	if none := must(glyxel.Duplicates(ctx, nil, 0.5, 0))(t); len(none) != 0 {
		t.Errorf("no vectors gave %v", none)
	}
	_, err := glyxel.Duplicates(ctx, vectors, 1.5, 0)
	wantError(t, err, glyxel.ErrInvalidArgument, "1.5")
	_, err = glyxel.Duplicates(ctx, vectors, 0.5, -1)
	wantError(t, err, glyxel.ErrInvalidArgument, "-1")
}

func TestCentroids(t *testing.T) {
	c := must(glyxel.NewCentroids(3, 2))(t)
	defer c.Close()
	_, err := c.Classify(ctx, [][]float32{{1, 0}}, -1)
	wantError(t, err, glyxel.ErrInvalidArgument)
	if err := c.Add([][]float32{{1, 0}, {0, 5}, {0, 1}}, []int{0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	found := must(c.Classify(ctx, [][]float32{{2, 1}, {1, 2}, {-1, -1}}, 0.5))(t)
	if found[0].Index != 0 || found[1].Index != 1 || found[2].Index != -1 || math.Abs(float64(found[0].Score)-2/math.Sqrt(5)) > 1e-6 {
		t.Errorf("%v", found)
	}
	centroid, examples, err := c.Centroid(1)
	if err != nil || examples != 2 || !sameBits(centroid, []float32{0, 1}) {
		t.Errorf("%v of %d examples, %v", centroid, examples, err)
	}
	if none := must(c.Classify(ctx, nil, 0))(t); len(none) != 0 {
		t.Errorf("no vectors gave %v", none)
	}

	wantError(t, c.Add([][]float32{{1, 0}}, nil), glyxel.ErrInvalidArgument, "1 vectors", "0 labels")
	wantError(t, c.Add([][]float32{{1, 0}}, []int{3}), glyxel.ErrInvalidArgument)
	wantError(t, c.Add([][]float32{{1, 0}}, []int{-1}), glyxel.ErrInvalidArgument)
	wantError(t, c.Add([][]float32{{1, 0, 0}}, []int{0}), glyxel.ErrInvalidArgument, "3 values")
	wantError(t, c.Add([][]float32{{1, float32(math.NaN())}}, []int{0}), glyxel.ErrInvalidArgument)
	_, _, err = c.Centroid(3)
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, _, err = c.Centroid(-1)
	wantError(t, err, glyxel.ErrInvalidArgument)
	for _, size := range [][2]int{{0, 2}, {2, 0}, {-1, 2}, {2, -1}} {
		_, err = glyxel.NewCentroids(size[0], size[1])
		wantError(t, err, glyxel.ErrInvalidArgument)
	}
	c.Close()
	c.Close()
	wantError(t, c.Add([][]float32{{1, 0}}, []int{0}), glyxel.ErrInvalidHandle)
}

func TestQuantize(t *testing.T) {
	vectors := [][]float32{{-1, 0, 1, 2, -3, 5, 6, 7, 1}, {1, 2, 3, -4, 5, -6, 0, 8, -1}}
	ranges := must(glyxel.QuantizeRanges(ctx, vectors))(t)
	if !sameBits(ranges.Min, []float32{-1, 0, 1, -4, -3, -6, 0, 7, -1}) || !sameBits(ranges.Max, []float32{1, 2, 3, 2, 5, 5, 6, 8, 1}) {
		t.Errorf("%v", ranges)
	}
	bits := must(glyxel.Quantize(ctx, vectors, glyxel.Ubinary, nil))(t)
	if !reflect.DeepEqual(bits, [][]byte{{0b00110111, 0b10000000}, {0b11101001, 0}}) {
		t.Errorf("%08b", bits)
	}
	signed := must(glyxel.Quantize(ctx, vectors, glyxel.Binary, nil))(t)
	if int(int8(signed[0][0])) != 0b00110111-128 {
		t.Errorf("%08b", signed)
	}
	for _, given := range []*glyxel.Ranges{ranges, {scattered([][]float32{ranges.Min})[0], scattered([][]float32{ranges.Max})[0]}} {
		whole := must(glyxel.Quantize(ctx, vectors, glyxel.Uint8, given))(t)
		for j := range ranges.Min {
			low, high := whole[0][j], whole[1][j]
			if vectors[0][j] > vectors[1][j] {
				low, high = high, low
			}
			// The step is rounded, as in Python: 255 of them may fall short of the end.
			if low != 0 || high < 254 {
				t.Errorf("dimension %d: the ends of the range are %d and %d", j, low, high)
			}
		}
	}
	if none := must(glyxel.Quantize(ctx, nil, glyxel.Int8, ranges))(t); len(none) != 0 {
		t.Errorf("no vectors gave %v", none)
	}
	_, err := glyxel.QuantizeRanges(ctx, nil)
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = glyxel.Quantize(ctx, vectors, glyxel.Int8, &glyxel.Ranges{Min: ranges.Min[:3], Max: ranges.Max})
	wantError(t, err, glyxel.ErrInvalidArgument, "3 and 9")
	_, err = glyxel.Quantize(ctx, vectors, glyxel.Int8, &glyxel.Ranges{Min: ranges.Max, Max: ranges.Min})
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = glyxel.Quantize(ctx, vectors, 77, nil)
	wantError(t, err, glyxel.ErrInvalidArgument, "77")
}

func TestTopKQuantized(t *testing.T) {
	corpus, queries := random(5, 400, 64), random(6, 3, 64)
	ranges := must(glyxel.QuantizeRanges(ctx, corpus))(t)
	for _, codes := range []glyxel.Codes{glyxel.Int8, glyxel.Uint8, glyxel.Binary, glyxel.Ubinary} {
		c := must(glyxel.Quantize(ctx, corpus, codes, ranges))(t)
		q := must(glyxel.Quantize(ctx, queries, codes, ranges))(t)
		found := must(glyxel.TopKQuantized(ctx, q, c, 64, codes, 10, nil))(t)
		for i := range found {
			best, sign := 0.0, 1.0
			if codes == glyxel.Binary || codes == glyxel.Ubinary {
				sign = -1
			}
			score := func(j int) (sum float64) {
				for b := range q[i] {
					switch codes {
					case glyxel.Int8:
						sum += float64(int8(q[i][b])) * float64(int8(c[j][b]))
					case glyxel.Uint8:
						sum += float64(q[i][b]) * float64(c[j][b])
					default:
						for differ := q[i][b] ^ c[j][b]; differ != 0; differ &= differ - 1 {
							sum++
						}
					}
				}
				return sum
			}
			first := -1
			for j := range c {
				if s := sign * score(j); first < 0 || s > best {
					best, first = s, j
				}
			}
			if m := found[i][0]; m.Index != first || float64(m.Score) != sign*best {
				t.Errorf("codes %d: the nearest to query %d is %v, not %d with %v", codes, i, m, first, sign*best)
			}
		}
		again := must(glyxel.TopKQuantized(ctx, q, c, 64, codes, 5, &glyxel.Rescore{Queries: scattered(queries), Times: 4}))(t)
		if len(again) != 3 || len(again[0]) != 5 || reflect.DeepEqual(again[0], found[0][:5]) {
			t.Errorf("comparing again gave %v", again)
		}
	}
	c := must(glyxel.Quantize(ctx, corpus, glyxel.Int8, ranges))(t)
	_, err := glyxel.TopKQuantized(ctx, c[:1], c, 63, glyxel.Int8, 1, nil)
	wantError(t, err, glyxel.ErrInvalidArgument, "queries", "64 bytes")
	_, err = glyxel.TopKQuantized(ctx, c[:1], c, 64, glyxel.Binary, 1, nil)
	wantError(t, err, glyxel.ErrInvalidArgument, "64 bytes")
	_, err = glyxel.TopKQuantized(ctx, c[:1], c, -1, glyxel.Int8, 1, nil)
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = glyxel.TopKQuantized(ctx, c[:1], c, 64, glyxel.Int8, 1, &glyxel.Rescore{Queries: queries})
	wantError(t, err, glyxel.ErrInvalidArgument, "3 queries")
	_, err = glyxel.TopKQuantized(ctx, c[:1], c, 64, glyxel.Int8, 1, &glyxel.Rescore{Queries: queries[:1], Times: -1})
	wantError(t, err, glyxel.ErrInvalidArgument, "-1")
	_, err = glyxel.TopKQuantized(ctx, c[:1], c, 64, glyxel.Int8, 401, nil)
	wantError(t, err, glyxel.ErrInvalidArgument, "401")
}

func TestHostileVectors(t *testing.T) {
	good := random(7, 4, 3)
	for name, try := range map[string]struct {
		queries, corpus [][]float32
		k               int
		says            string
	}{
		"ragged":         {good, [][]float32{{1, 2, 3}, {1, 2}}, 1, "corpus[1] has 2"},
		"ragged queries": {[][]float32{{1, 2, 3}, {1, 2, 3, 4}}, good, 1, "queries[1] has 4"},
		"other lengths":  {[][]float32{{1, 2}}, good, 1, "2 values"},
		"a NaN":          {good, [][]float32{{1, 2, 3}, {1, float32(math.NaN()), 3}}, 1, ""},
		"an infinity":    {[][]float32{{1, 2, float32(math.Inf(1))}}, good, 1, ""},
		"k too large":    {good, good, 5, "5"},
		"k endless":      {good, good, math.MaxInt, ""},
		"k negative":     {good, good, -1, "-1"},
		"empty rows":     {[][]float32{{}}, [][]float32{{}}, 1, "dim"},
		"no corpus":      {good, nil, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := glyxel.TopK(ctx, try.queries, try.corpus, glyxel.Cosine, try.k)
			wantError(t, err, glyxel.ErrInvalidArgument, try.says)
		})
	}
	_, err := glyxel.TopK(ctx, good, good, 42, 1)
	wantError(t, err, glyxel.ErrInvalidArgument, "42")
	_, err = glyxel.Duplicates(ctx, [][]float32{{1}, {1, 2}}, 0.5, 0)
	wantError(t, err, glyxel.ErrInvalidArgument, "vectors[1]")
	_, err = glyxel.Quantize(ctx, [][]float32{{1}, {1, 2}}, glyxel.Int8, nil)
	wantError(t, err, glyxel.ErrInvalidArgument, "vectors[1]")

	defer func() {
		if recover() == nil {
			t.Error("rows of no length")
		}
	}()
	glyxel.Rows([]float32{1}, 0)
}

func TestRows(t *testing.T) {
	values := []float32{1, 2, 3, 4, 5}
	rows := glyxel.Rows(values, 2)
	if len(rows) != 2 || !sameBits(rows[1], []float32{3, 4}) {
		t.Errorf("%v", rows)
	}
	rows[0][0] = 9
	if values[0] != 9 {
		t.Error("the rows are copies")
	}
}
