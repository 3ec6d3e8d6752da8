package glyxel_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

func TestLoadOptions(t *testing.T) {
	path := filepath.Join(root, "tests/fixtures/bert/st_prompts")
	model := must(glyxel.Load(ctx, path, glyxel.WithDevice("cpu"), glyxel.WithPrecision("bf16"), glyxel.WithMaxLength(7), glyxel.WithRevision("main"),
		glyxel.WithToken("hf_none"), glyxel.WithCacheDir(t.TempDir()), glyxel.WithoutCache(), glyxel.Offline(), glyxel.WithOption("cache", "true"),
		glyxel.WithMaxImagePixels(1000)))(t)
	defer model.Close()
	if info := model.Info(); info.Precision != "bf16" || info.Device != "cpu" || info.Text.MaxLength != 7 {
		t.Errorf("the model runs in %s on %s and cuts after %d tokens", info.Precision, info.Device, info.Text.MaxLength)
	}
	sized := must(glyxel.Load(ctx, filepath.Join(root, "tests/fixtures/images/resnet"), glyxel.WithImageSize(48, 64)))(t)
	defer sized.Close()
	if image := sized.Info().Image; image.Height != 48 || image.Width != 64 {
		t.Errorf("pictures are brought to %d × %d", image.Height, image.Width)
	}
	tiny := must(glyxel.Load(ctx, filepath.Join(root, "tests/fixtures/images/resnet"), glyxel.WithMaxImagePixels(10)))(t)
	defer tiny.Close()
	_, err := tiny.EmbedImages(ctx, pictures(t)[:1])
	wantError(t, err, glyxel.ErrInvalidArgument, "images[0]", "10")
}

func TestLoadErrors(t *testing.T) {
	minilm := filepath.Join(root, "target/models/all-MiniLM-L6-v2")
	for name, try := range map[string]struct {
		source  string
		options []glyxel.LoadOption
		status  glyxel.Status
		says    string
	}{
		"no such path":   {"/no/such/path", nil, glyxel.ErrNotFound, "/no/such/path"},
		"not downloaded": {"nobody/has-this", nil, glyxel.ErrNotFound, "nobody/has-this"},
		"not an id":      {"file:" + filepath.Join(root, "README.md"), nil, glyxel.ErrBadModel, "README.md"},
		"empty":          {"", nil, glyxel.ErrInvalidArgument, ""},
		"not UTF-8":      {"\xff", nil, glyxel.ErrInvalidArgument, "UTF-8"},
		"no such option": {minilm, []glyxel.LoadOption{glyxel.WithOption("precisoin", "f32")}, glyxel.ErrInvalidArgument, "precision"},
		"no such value":  {minilm, []glyxel.LoadOption{glyxel.WithPrecision("f8")}, glyxel.ErrInvalidArgument, "f8"},
		"no such device": {minilm, []glyxel.LoadOption{glyxel.WithDevice("cuda:99")}, glyxel.ErrDevice, ""},
		"no length":      {minilm, []glyxel.LoadOption{glyxel.WithMaxLength(-1)}, glyxel.ErrInvalidArgument, "-1"},
	} {
		t.Run(name, func(t *testing.T) {
			model, err := glyxel.Load(ctx, try.source, try.options...)
			wantError(t, err, try.status, try.says)
			if model != nil {
				t.Error("there is a model besides the error")
			}
		})
	}
}

func TestErrors(t *testing.T) {
	_, err := glyxel.Load(ctx, "/no/such/path")
	if !errors.Is(err, glyxel.ErrNotFound) || errors.Is(err, glyxel.ErrIO) || errors.Is(err, glyxel.ErrCancelled) {
		t.Errorf("%v is of another kind", err)
	}
	var is *glyxel.Error
	if !errors.As(err, &is) || is.Status != glyxel.ErrNotFound || "glyxel: "+is.Message != err.Error() {
		t.Errorf("%#v", err)
	}
	for status := glyxel.ErrInvalidArgument; status <= glyxel.ErrInternal; status++ {
		if strings.Contains(status.Error(), "does not know") {
			t.Errorf("status %d has no name", int(status))
		}
	}
	if !strings.Contains(glyxel.Status(99).Error(), "does not know") {
		t.Error("an unknown status has a name")
	}
}

func TestInfo(t *testing.T) {
	info := minilm(t).Info()
	if info.Architecture != "bert" || info.Dim != 384 || minilm(t).Dim() != 384 || info.Text.MaxLength != 256 || info.Text.VocabSize != 30522 ||
		info.Text.Pooling[0] != "mean" || !info.Text.Normalize || info.Image != nil || info.Text.Classes != nil || info.ZeroShot != nil ||
		info.Source.Licence != "apache-2.0" || len(info.Source.WeightsSHA256) != 64 || info.Source.Location != "all-MiniLM-L6-v2" {
		t.Errorf("%+v", info)
	}
	if !info.Can("embed_texts") || info.Can("embed_images") {
		t.Errorf("it can %v", info.Tasks)
	}
	if !json.Valid(info.Raw) || !strings.Contains(string(info.Raw), `"methods"`) {
		t.Errorf("the raw description is %.100s", info.Raw)
	}
	if info := lite0(t).Info(); info.Image.Height != 224 || info.Image.Dim != 1280 || len(info.Image.Classes.Labels) != 1000 || info.Text != nil {
		t.Errorf("%+v", info.Image)
	}
	if info := clip(t).Info(); info.ZeroShot == nil || !strings.Contains(info.ZeroShot.Template, "{}") || info.ZeroShot.Activation != "softmax" {
		t.Errorf("%+v", info.ZeroShot)
	}
	if info := small(t).Info(); info.Text.Prompts["query"] != "query: " || info.Text.DefaultPromptName != "query" {
		t.Errorf("%+v", info.Text)
	}
}

func TestCountTokens(t *testing.T) {
	counts := must(minilm(t).CountTokens([]string{"", "hello world", strings.Repeat("word ", 1000)}))(t)
	if counts[0] != 2 || counts[1] != 4 || counts[2] != 1002 {
		t.Errorf("%v", counts)
	}
}

func TestClosedModel(t *testing.T) {
	model := must(glyxel.Load(ctx, filepath.Join(root, "tests/fixtures/bert/plain")))(t)
	for i := 0; i < 3; i++ {
		if err := model.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := model.EmbedTexts(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrInvalidHandle, "freed")
	_, err = model.CountTokens([]string{"a"})
	wantError(t, err, glyxel.ErrInvalidHandle)
	_, err = model.EmbedTokens(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrInvalidHandle, "freed")
	wantError(t, model.Save(filepath.Join(t.TempDir(), "x")), glyxel.ErrInvalidHandle)
	if model.Dim() != 0 || model.Info().Architecture != "bert" {
		t.Error("a closed model has a dim, or no description")
	}
	var none glyxel.Model
	_, err = none.EmbedTexts(ctx, []string{"a"})
	wantError(t, err, glyxel.ErrInvalidArgument)
}

// A process that uses the library may start others.
func TestOtherProcesses(t *testing.T) {
	small(t)
	if out, err := exec.Command("echo", "still here").Output(); err != nil || string(out) != "still here\n" {
		t.Errorf("%q, %v", out, err)
	}
	must(small(t).EmbedTexts(ctx, []string{"a"}))(t)
}
