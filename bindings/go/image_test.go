package glyxel_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/glyxel/glyxel/bindings/go"
)

// embedImage is the vector of one picture.
func embedImage(t *testing.T, picture glyxel.Image) []float32 {
	t.Helper()
	return must(clip(t).EmbedImages(ctx, []glyxel.Image{picture}))(t)[0]
}

func decode(t *testing.T, file []byte) image.Image {
	t.Helper()
	picture, _, err := image.Decode(bytes.NewReader(file))
	return must(picture, err)(t)
}

// encode gives a file whose pixels every decoder agrees on.
func encode(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// pattern fills a picture with colours that differ everywhere.
func pattern(into draw.Image, alpha func(x, y int) uint8) {
	bounds := into.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			into.Set(x, y, color.NRGBA{uint8(x*5 + y), uint8(y * 7), uint8(x * y), alpha(x, y)})
		}
	}
}

func full(int, int) uint8 { return 255 }

// However Go holds a picture, it is the picture that the library decodes from a PNG of it.
func TestImagesOfGo(t *testing.T) {
	bounds := image.Rect(-3, 5, 50, 45)
	rgba, nrgba, gray := image.NewRGBA(bounds), image.NewNRGBA(bounds), image.NewGray(bounds)
	cmyk, deep, paletted := image.NewCMYK(bounds), image.NewRGBA64(bounds), image.NewPaletted(bounds, color.Palette{color.Black, color.White, color.NRGBA{200, 30, 4, 255}})
	deepGray, premultiplied, seeThrough := image.NewGray16(bounds), image.NewRGBA(bounds), image.NewPaletted(bounds, color.Palette{color.NRGBA{9, 200, 30, 128}, color.White})
	for _, into := range []draw.Image{rgba, gray, cmyk, deep, paletted, deepGray} {
		pattern(into, full)
	}
	pattern(seeThrough, full)
	pattern(nrgba, func(x, y int) uint8 { return uint8(x * y * 3) })
	// Enough alpha everywhere that the colours survive being premultiplied and back.
	pattern(premultiplied, func(x, y int) uint8 { return uint8(255 - (x+y)&1) })
	for name, picture := range map[string]image.Image{
		"RGBA": rgba, "NRGBA": nrgba, "Gray": gray, "CMYK": cmyk, "RGBA64": deep, "Paletted": paletted, "Gray16": deepGray,
		"premultiplied RGBA": premultiplied, "Paletted with alpha": seeThrough,
		"part of RGBA":      rgba.SubImage(image.Rect(0, 10, 40, 40)),
		"part of NRGBA":     nrgba.SubImage(image.Rect(0, 10, 40, 40)),
		"part of Gray":      gray.SubImage(image.Rect(0, 10, 40, 40)),
		"last row":          rgba.SubImage(image.Rect(10, 44, 50, 45)),
		"a type of its own": struct{ image.Image }{rgba},
	} {
		t.Run(name, func(t *testing.T) {
			// 16 bits are cut to 8 as Go does it; the library scales them as Pillow does, which is not the same for grey.
			same := image.NewNRGBA(image.Rectangle{Max: picture.Bounds().Size()})
			for y := 0; y < same.Rect.Max.Y; y++ {
				for x := 0; x < same.Rect.Max.X; x++ {
					same.Set(x, y, picture.At(picture.Bounds().Min.X+x, picture.Bounds().Min.Y+y))
				}
			}
			if !sameBits(embedImage(t, glyxel.FromImage(picture)), embedImage(t, glyxel.Encoded(encode(t, same)))) {
				t.Error("the vector is not that of the same pixels in a file")
			}
		})
	}
}

func TestDecodedJPEG(t *testing.T) {
	var file bytes.Buffer
	rgba := image.NewRGBA(image.Rect(0, 0, 64, 48))
	pattern(rgba, full)
	if err := jpeg.Encode(&file, rgba, nil); err != nil {
		t.Fatal(err)
	}
	decoded := decode(t, file.Bytes())
	if _, is := decoded.(*image.YCbCr); !is {
		t.Fatalf("%T", decoded)
	}
	canvas := image.NewRGBA(decoded.Bounds())
	draw.Draw(canvas, canvas.Rect, decoded, image.Point{}, draw.Src)
	if !sameBits(embedImage(t, glyxel.FromImage(decoded)), embedImage(t, glyxel.FromImage(canvas))) {
		t.Error("a YCbCr picture is not what image/draw makes of it")
	}
}

func TestPixels(t *testing.T) {
	rgba := image.NewRGBA(image.Rect(0, 0, 33, 21))
	pattern(rgba, full)
	want := embedImage(t, glyxel.FromImage(rgba))
	const width, height, stride = 33, 21, 33*4 + 9
	bgra, flipped, rgb := make([]byte, stride*height), make([]byte, stride*height), make([]byte, 3*width*height)
	for y := 0; y < height; y++ {
		for x := 0; x < width; x++ {
			c := rgba.RGBAAt(x, y)
			copy(bgra[y*stride+4*x:], []byte{c.B, c.G, c.R, 0})
			copy(flipped[(height-1-y)*stride+4*x:], []byte{c.R, c.G, c.B, 0})
			copy(rgb[3*(y*width+x):], []byte{c.R, c.G, c.B})
		}
	}
	for name, pixels := range map[string]glyxel.Pixels{
		"BGRA":             {Format: glyxel.BGRA8, Width: width, Height: height, Stride: stride, Data: bgra},
		"RGBA, bottom up":  {Format: glyxel.RGBA8, Width: width, Height: height, Stride: stride, Data: flipped, BottomUp: true},
		"RGB":              {Format: glyxel.RGB8, Width: width, Height: height, Data: rgb},
		"RGB, no last gap": {Format: glyxel.RGBA8, Width: width, Height: height, Stride: stride, Data: flipped[:stride*(height-1)+4*width], BottomUp: true},
	} {
		if !sameBits(embedImage(t, pixels.Image()), want) {
			t.Errorf("%s: not the vector of the same picture", name)
		}
	}
}

func TestHostilePictures(t *testing.T) {
	good := glyxel.Encoded(readFile(t, "tests/fixtures/images/pictures/0.png"))
	file := readFile(t, "tests/fixtures/pictures/420.jpg")
	short := image.NewRGBA(image.Rect(0, 0, 50, 50))
	short.Pix = short.Pix[:100]
	before := image.NewGray(image.Rect(0, 0, 5, 5))
	before.Stride = -5
	narrow := image.NewRGBA(image.Rect(0, 0, 5, 5))
	narrow.Stride = 3
	for name, picture := range map[string]glyxel.Image{
		"an empty Image":    {},
		"no bytes":          glyxel.Encoded(nil),
		"no picture":        glyxel.Encoded([]byte("this is no picture")),
		"a file cut off":    glyxel.Encoded(file[:20]),
		"a nil image.Image": glyxel.FromImage(nil),
		"no pixels":         glyxel.FromImage(image.NewRGBA(image.Rectangle{})),
		"endless":           glyxel.FromImage(image.NewUniform(color.White)),
		"a short Pix":       glyxel.FromImage(short),
		"a stride below 0":  glyxel.FromImage(before),
		"a short stride":    glyxel.FromImage(narrow),
		"a format missing":  glyxel.Pixels{Width: 1, Height: 1, Data: []byte{1, 2, 3}}.Image(),
		"a strange format":  glyxel.Pixels{Format: 99, Width: 1, Height: 1, Data: []byte{1, 2, 3}}.Image(),
		"no data":           glyxel.Pixels{Format: glyxel.RGB8, Width: 1, Height: 1}.Image(),
		"too little data":   glyxel.Pixels{Format: glyxel.RGB8, Width: 10, Height: 10, Data: make([]byte, 299)}.Image(),
		"a negative width":  glyxel.Pixels{Format: glyxel.RGB8, Width: -1, Height: 10, Data: make([]byte, 300)}.Image(),
		"an endless width":  glyxel.Pixels{Format: glyxel.RGB8, Width: 1 << 40, Height: 10, Data: make([]byte, 300)}.Image(),
		"many pixels":       glyxel.Pixels{Format: glyxel.RGB8, Width: 1<<32 - 1, Height: 1<<32 - 1, Data: make([]byte, 300)}.Image(),
		"a negative stride": glyxel.Pixels{Format: glyxel.RGB8, Width: 1, Height: 1, Stride: -1, Data: make([]byte, 300)}.Image(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clip(t).EmbedImages(ctx, []glyxel.Image{good, picture})
			wantError(t, err, glyxel.ErrInvalidArgument, "images[1]")
			_, err = clip(t).ZeroShotImages(ctx, []glyxel.Image{good, picture}, []string{"a"})
			wantError(t, err, glyxel.ErrInvalidArgument, "images[1]")
		})
	}
	_, err := clip(t).EmbedImages(ctx, []glyxel.Image{good}, glyxel.WithPrompt("a prompt"))
	wantError(t, err, glyxel.ErrInvalidArgument)
	into := make([]float32, clip(t).Dim()-1)
	wantError(t, clip(t).EmbedImagesInto(ctx, into, []glyxel.Image{good}), glyxel.ErrInvalidArgument)
	if err := clip(t).EmbedImagesInto(ctx, make([]float32, clip(t).Dim()), []glyxel.Image{good}); err != nil {
		t.Error(err)
	}
}
