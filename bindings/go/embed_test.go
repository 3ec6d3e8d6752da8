package glyxel_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/glyxel/glyxel/bindings/go"
)

func TestRowsShareOneArrayAndKeepOffEachOther(t *testing.T) {
	vectors := must(small(t).EmbedTexts(ctx, []string{"one", "two", "three"}))(t)
	second := append([]float32(nil), vectors[1]...)
	_ = append(vectors[0], 7)
	if !sameBits(vectors[1], second) {
		t.Error("appending to a row wrote over the next one")
	}
	dim := small(t).Dim()
	into := make([]float32, 3*dim+1)
	into[3*dim] = 42
	if err := small(t).EmbedTextsInto(ctx, into, []string{"one", "two", "three"}); err != nil {
		t.Fatal(err)
	}
	for i, row := range glyxel.Rows(into, dim) {
		if !sameBits(row, vectors[i]) {
			t.Errorf("row %d differs from that of EmbedTexts", i)
		}
	}
	if into[3*dim] != 42 {
		t.Error("what is longer than needed was written to")
	}
}

func TestEmbedOptions(t *testing.T) {
	length := func(row []float32) (sum float64) {
		for _, value := range row {
			sum += float64(value) * float64(value)
		}
		return math.Sqrt(sum)
	}
	embed := func(options ...glyxel.EmbedOption) []float32 {
		return must(small(t).EmbedTexts(ctx, []string{"the film"}, options...))(t)[0]
	}
	if plain := embed(); math.Abs(length(plain)-1) > 1e-5 || len(plain) != 12 {
		t.Errorf("the model's own vectors are unit vectors of 12 values, this has %d and length %v", len(plain), length(plain))
	}
	if raw := embed(glyxel.WithNormalize(false)); math.Abs(length(raw)-1) < 1e-3 {
		t.Error("WithNormalize(false) gave a unit vector")
	}
	if short := embed(glyxel.WithDim(5), glyxel.WithNormalize(true)); len(short) != 5 || math.Abs(length(short)-1) > 1e-5 {
		t.Errorf("WithDim(5) gave %d values of length %v", len(short), length(short))
	}
	// The fixture's default prompt is its "query: ".
	if !sameBits(embed(), embed(glyxel.WithPrompt("@query"))) || !sameBits(embed(), embed(glyxel.WithPrompt("query: "))) {
		t.Error("the prompt by its name, or as a text, is not the default one")
	}
	if sameBits(embed(), embed(glyxel.WithPrompt("@"))) {
		t.Error(`WithPrompt("@") did not leave the prompt out`)
	}
}

func TestNothingInNothingOut(t *testing.T) {
	if rows := must(small(t).EmbedTexts(ctx, nil))(t); rows == nil || len(rows) != 0 {
		t.Errorf("no texts gave %v", rows)
	}
	if counts := must(small(t).CountTokens(nil))(t); len(counts) != 0 {
		t.Errorf("no texts gave %v", counts)
	}
	if rows := must(clip(t).EmbedImages(ctx, nil))(t); len(rows) != 0 {
		t.Errorf("no pictures gave %v", rows)
	}
	if rows := must(nli(t).ClassifyTexts(ctx, nil))(t); len(rows) != 0 {
		t.Errorf("no texts gave %v", rows)
	}
	if rows := must(nli(t).ZeroShotTexts(ctx, []string{"a"}, nil))(t); len(rows) != 1 || len(rows[0]) != 0 {
		t.Errorf("no labels gave %v", rows)
	}
	if scores := must(crossEncoder(t).ScorePairs(ctx, nil))(t); len(scores) != 0 {
		t.Errorf("no pairs gave %v", scores)
	}
	// An empty text is a text.
	if rows := must(small(t).EmbedTexts(ctx, []string{"", "a\x00b"}))(t); len(rows) != 2 {
		t.Errorf("an empty text and one with a NUL gave %d rows", len(rows))
	}
}

func TestHostileTexts(t *testing.T) {
	model := small(t)
	into := make([]float32, 2*model.Dim())
	for _, texts := range [][]string{{"fine", "\xff"}, {"fine", "cut off: \xe2\x82"}, {"fine", "a surrogate: \xed\xa0\x80"}} {
		wantError(t, model.EmbedTextsInto(ctx, into, texts), glyxel.ErrInvalidArgument, "[1]", "UTF-8")
	}
	wantError(t, model.EmbedTextsInto(ctx, into[:len(into)-1], []string{"a", "b"}), glyxel.ErrInvalidArgument)
	for i, value := range into {
		if value != 0 {
			t.Fatalf("value %d was written although the call failed", i)
		}
	}
	_, err := model.CountTokens([]string{"\xc0"})
	wantError(t, err, glyxel.ErrInvalidArgument, "UTF-8")
	_, err = nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"\xc0"})
	wantError(t, err, glyxel.ErrInvalidArgument, "UTF-8")
	_, err = crossEncoder(t).ScorePairs(ctx, [][2]string{{"a", "b"}, {"a", "\xc0"}})
	wantError(t, err, glyxel.ErrInvalidArgument, "UTF-8")
	for _, dim := range []int{-1, 13, 1 << 31, 1 << 40} {
		_, err = model.EmbedTexts(ctx, []string{"a"}, glyxel.WithDim(dim))
		wantError(t, err, glyxel.ErrInvalidArgument)
	}
	_, err = model.EmbedTexts(ctx, []string{"a"}, glyxel.WithPrompt("@nothing of that name"))
	wantError(t, err, glyxel.ErrInvalidArgument, "nothing of that name")
	_, err = nli(t).ClassifyTexts(ctx, []string{"a"}, glyxel.WithTopK(-1))
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = nli(t).ClassifyTexts(ctx, []string{"a"}, glyxel.WithActivation(77))
	wantError(t, err, glyxel.ErrInvalidArgument)
	_, err = nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"b"}, glyxel.WithTemplate("no braces"))
	wantError(t, err, glyxel.ErrInvalidArgument, "{}")
	// A long text is cut, not refused; many texts that are parts of one string are pinned together.
	long := strings.Repeat("the river ", 100_000)
	parts := make([]string, 2000)
	for i := range parts {
		parts[i] = long[i : i+20]
	}
	if rows := must(model.EmbedTexts(ctx, append(parts, long)))(t); len(rows) != 2001 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestWhatAModelCannotDo(t *testing.T) {
	_, err := lite0(t).EmbedTexts(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = minilm(t).EmbedImages(ctx, pictures(t))
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = minilm(t).ClassifyTexts(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = minilm(t).ScorePairs(ctx, [][2]string{{"a", "b"}})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = minilm(t).ZeroShotTexts(ctx, []string{"a"}, []string{"b"})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = lite0(t).ZeroShotImages(ctx, pictures(t), []string{"b"})
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = clip(t).ClassifyImages(ctx, pictures(t))
	wantError(t, err, glyxel.ErrUnsupported)
	_, err = lite0(t).CountTokens([]string{"a"})
	wantError(t, err, glyxel.ErrUnsupported)
}

func TestPredictions(t *testing.T) {
	items := must(nli(t).ClassifyTexts(ctx, []string{"The film was good.", "the story was bad"}))(t)
	labels := nli(t).Info().Text.Classes.Labels
	for _, item := range items {
		sum := float32(0)
		for rank, class := range item {
			sum += class.Score
			if class.Label != labels[class.Index] {
				t.Errorf("class %d is called %q, not %q", class.Index, class.Label, labels[class.Index])
			}
			if rank > 0 && class.Score > item[rank-1].Score {
				t.Error("the classes are not in order")
			}
		}
		if len(item) != 3 || math.Abs(float64(sum)-1) > 1e-5 {
			t.Errorf("%d classes whose scores sum to %v", len(item), sum)
		}
	}
	if best := must(nli(t).ClassifyTexts(ctx, []string{"a"}, glyxel.WithTopK(1)))(t); len(best[0]) != 1 {
		t.Errorf("WithTopK(1) gave %d classes", len(best[0]))
	}
	logits := must(nli(t).ClassifyTexts(ctx, []string{"The film was good."}, glyxel.WithActivation(glyxel.ActivationNone)))(t)[0]
	if logits[0].Score == items[0][0].Score {
		t.Error("WithActivation did nothing")
	}
	each := must(nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film", "cat"}, glyxel.WithActivation(glyxel.ActivationSigmoid)))(t)[0]
	one := must(nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film"}))(t)[0]
	if each[0] != one[0] {
		t.Errorf("by itself a label has %v, with sigmoid among others %v", one[0], each[0])
	}
	other := must(nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film"}, glyxel.WithTemplate("the {} is good")))(t)[0]
	if other[0] == one[0] {
		t.Error("WithTemplate did nothing")
	}
	usual := "This example is {}."
	both := must(nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film"}, glyxel.WithTemplates(usual, "the {} is good")))(t)[0]
	if mean := (one[0] + other[0]) / 2; math.Abs(float64(both[0]-mean)) > 1e-6 {
		t.Errorf("with both templates it is %v, but the mean of each is %v", both[0], mean)
	}
	_, err := nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film"}, glyxel.WithTemplates(usual, ""))
	wantError(t, err, glyxel.ErrInvalidArgument, "{}")
	_, err = nli(t).ZeroShotTexts(ctx, []string{"a"}, []string{"film"}, glyxel.WithTemplates(usual), glyxel.WithTemplate(usual))
	wantError(t, err, glyxel.ErrInvalidArgument, "both")
}

func TestSaveAndLoad(t *testing.T) {
	texts := []string{"the river", "a film"}
	want := must(small(t).EmbedTexts(ctx, texts))(t)
	path := filepath.Join(t.TempDir(), "a näme with späces.glyxel")
	if err := small(t).Save(path); err != nil {
		t.Fatal(err)
	}
	bundle := must(os.ReadFile(path))(t)
	for name, load := range map[string]func() (*glyxel.Model, error){
		"Load":      func() (*glyxel.Model, error) { return glyxel.Load(ctx, path) },
		"file:":     func() (*glyxel.Model, error) { return glyxel.Load(ctx, "file:"+path) },
		"LoadBytes": func() (*glyxel.Model, error) { return glyxel.LoadBytes(ctx, bundle) },
	} {
		model := must(load())(t)
		for i, row := range must(model.EmbedTexts(ctx, texts))(t) {
			if !sameBits(row, want[i]) {
				t.Errorf("%s: text %d has another vector", name, i)
			}
		}
		model.Close()
	}

	wantError(t, small(t).Save(filepath.Join(t.TempDir(), "no such folder", "x")), glyxel.ErrNotFound)
	wantError(t, small(t).Save(t.TempDir()), glyxel.ErrInvalidArgument)
	_, err := glyxel.LoadBytes(ctx, nil)
	wantError(t, err, glyxel.ErrBadModel)
	_, err = glyxel.LoadBytes(ctx, bundle[:len(bundle)-100])
	wantError(t, err, glyxel.ErrBadModel)
	for _, at := range []int{0, len(bundle) / 3, len(bundle) / 2, len(bundle) - 1} {
		damaged := append([]byte(nil), bundle...)
		damaged[at] ^= 0x10
		_, err = glyxel.LoadBytes(ctx, damaged)
		wantError(t, err, glyxel.ErrBadModel)
	}
}

// Texts and pictures may lie in memory that is not Go's, such as a file that is mapped.
func TestMappedFiles(t *testing.T) {
	mapped := func(path string) []byte {
		file := must(os.Open(filepath.Join(root, path)))(t)
		defer file.Close()
		size := must(file.Stat())(t).Size()
		return must(syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE))(t)
	}
	picture, text := mapped("tests/fixtures/pictures/420.jpg"), mapped("tests/fixtures/vectors/texts.txt")
	defer syscall.Munmap(picture)
	defer syscall.Munmap(text)
	if !sameBits(embedImage(t, glyxel.Encoded(picture)), embedImage(t, glyxel.Encoded(readFile(t, "tests/fixtures/pictures/420.jpg")))) {
		t.Error("a mapped picture has another vector")
	}
	rows := must(small(t).EmbedTexts(ctx, []string{unsafe.String(&text[0], len(text)), string(text)}))(t)
	if !sameBits(rows[0], rows[1]) {
		t.Error("a mapped text has another vector")
	}
}
