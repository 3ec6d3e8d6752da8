package glyxel

// #include <glyxel.h>
import "C"

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"unsafe"
)

// A PixelFormat says what the bytes of raw pixels are.
type PixelFormat int32

// The formats of raw pixels. Alpha is ignored: a transparent pixel counts with the colour stored in it.
const (
	// 3 bytes a pixel: red, green, blue.
	RGB8 PixelFormat = C.GLYXEL_RGB8
	// 4 bytes a pixel: red, green, blue, alpha.
	RGBA8 PixelFormat = C.GLYXEL_RGBA8
	// 4 bytes a pixel: blue, green, red, alpha.
	BGRA8 PixelFormat = C.GLYXEL_BGRA8
	// 1 byte a pixel.
	Gray8 PixelFormat = C.GLYXEL_GRAY8
)

// An Image is a picture as methods of [Model] take it. [Encoded], [FromImage] and [Pixels] make one.
type Image struct {
	from source
}

// source is how a picture comes to C: in memory that the pins hold.
type source interface {
	forC(p *pins) (C.glyxel_image, error)
}

type encoded []byte

// Encoded is a picture as it stands in its file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF. The library decodes it as Pillow
// does and turns it upright by its EXIF orientation. The bytes are not copied.
func Encoded(file []byte) Image { return Image{encoded(file)} }

func (e encoded) forC(p *pins) (C.glyxel_image, error) {
	return C.glyxel_image{format: C.GLYXEL_ENCODED, data: p.bytes(e), len: C.size_t(len(e))}, nil
}

// Pixels are raw pixels: a game's texture, a camera's frame. The bytes are not copied.
type Pixels struct {
	Format PixelFormat
	// In pixels.
	Width, Height int
	// Bytes from a row to the next; 0: the rows follow each other without a gap.
	Stride int
	// The pixels, from the lowest address on.
	Data []byte
	// Whether the first row in Data is the bottom one, as in Unity and OpenGL.
	BottomUp bool
}

// Image makes a picture of the pixels.
func (x Pixels) Image() Image { return Image{x} }

func (x Pixels) forC(p *pins) (C.glyxel_image, error) {
	if x.Width < 0 || x.Height < 0 || x.Width > math.MaxUint32 || x.Height > math.MaxUint32 || x.Stride < 0 {
		return C.glyxel_image{}, invalid(fmt.Sprintf("%d × %d pixels with a stride of %d cannot be; give what lies in Data", x.Width, x.Height, x.Stride))
	}
	if x.Format == C.GLYXEL_ENCODED {
		return C.glyxel_image{}, invalid("Format is missing; give RGB8, RGBA8, BGRA8 or Gray8, or use Encoded for the bytes of a file")
	}
	of := C.glyxel_image{
		format:     C.int32_t(x.Format),
		width:      C.uint32_t(x.Width),
		height:     C.uint32_t(x.Height),
		row_stride: C.size_t(x.Stride),
		data:       p.bytes(x.Data),
		len:        C.size_t(len(x.Data)),
	}
	if x.BottomUp {
		of.bottom_up = 1
	}
	return of, nil
}

type decoded struct{ image.Image }

// FromImage takes a picture that Go has decoded or drawn. Pixels of *image.NRGBA, *image.Gray and opaque *image.RGBA are used where they
// lie; any other picture is converted when the call is made, into 4 bytes a pixel. Alpha is dropped, as everywhere.
//
// Go's decoders and the library's differ in details, as Go's and Pillow's do: where there is a file, [Encoded] is nearer to what the
// model was trained with, turns it upright, and is faster.
func FromImage(picture image.Image) Image { return Image{decoded{picture}} }

// mostConverted is how many pixels a picture may have to be converted: 8 GB of them. An image.Uniform has more.
const mostConverted = math.MaxInt32

func (d decoded) forC(p *pins) (C.glyxel_image, error) {
	if d.Image == nil {
		return C.glyxel_image{}, invalid("the image.Image is nil; give a picture")
	}
	size := d.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 {
		return C.glyxel_image{}, invalid(fmt.Sprintf("its bounds are empty: %v; give a picture of at least one pixel", d.Bounds()))
	}
	switch picture := d.Image.(type) {
	case *image.NRGBA:
		return window(p, RGBA8, picture.Pix, picture.PixOffset(picture.Rect.Min.X, picture.Rect.Min.Y), picture.Stride, size)
	case *image.Gray:
		return window(p, Gray8, picture.Pix, picture.PixOffset(picture.Rect.Min.X, picture.Rect.Min.Y), picture.Stride, size)
	case *image.RGBA:
		if opaque(picture, size) {
			return window(p, RGBA8, picture.Pix, picture.PixOffset(picture.Rect.Min.X, picture.Rect.Min.Y), picture.Stride, size)
		}
	}
	if size.X > mostConverted/size.Y {
		return C.glyxel_image{}, invalid(fmt.Sprintf("it has %d × %d pixels, too many to convert; give a smaller picture", size.X, size.Y))
	}
	converted := convert(d.Image, size)
	return window(p, RGBA8, converted, 0, 4*size.X, size)
}

// window is the part of a buffer that a picture shows. A buffer that is too short for it is refused.
func window(p *pins, format PixelFormat, buffer []byte, from, stride int, size image.Point) (C.glyxel_image, error) {
	if from < 0 || from > len(buffer) {
		return C.glyxel_image{}, invalid(fmt.Sprintf("its first pixel is byte %d of %d; give an image whose Pix holds its Rect", from, len(buffer)))
	}
	return Pixels{Format: format, Width: size.X, Height: size.Y, Stride: stride, Data: buffer[from:]}.forC(p)
}

// opaque says whether premultiplied colours are the colours themselves. A buffer that is too short counts as such: it is refused as it is.
func opaque(picture *image.RGBA, size image.Point) bool {
	last := picture.PixOffset(picture.Rect.Max.X-1, picture.Rect.Max.Y-1)
	first := picture.PixOffset(picture.Rect.Min.X, picture.Rect.Min.Y)
	if first < 0 || picture.Stride < 4*size.X || last > len(picture.Pix)-4 {
		return true
	}
	return picture.Opaque()
}

// convert brings any picture to red, green, blue and alpha, not premultiplied. For opaque ones, that is what image/draw is fastest at.
func convert(picture image.Image, size image.Point) []byte {
	bounds := image.Rectangle{Max: size}
	if all, can := picture.(interface{ Opaque() bool }); can && all.Opaque() {
		canvas := image.NewRGBA(bounds)
		draw.Draw(canvas, bounds, picture, picture.Bounds().Min, draw.Src)
		return canvas.Pix
	}
	canvas := image.NewNRGBA(bounds)
	draw.Draw(canvas, bounds, picture, picture.Bounds().Min, draw.Src)
	return canvas.Pix
}

// images are pictures as C takes them: the address of as many structs. An error says of which it is.
func (p *pins) images(all []Image) (*C.glyxel_image, error) {
	list := make([]C.glyxel_image, len(all))
	for i, picture := range all {
		if picture.from == nil {
			return nil, invalid(fmt.Sprintf("images[%d] is empty; make it by Encoded, FromImage or Pixels.Image", i))
		}
		of, err := picture.from.forC(p)
		if err != nil {
			return nil, invalid(fmt.Sprintf("images[%d]: %s", i, err.(*Error).Message))
		}
		of.struct_size = C.uint32_t(unsafe.Sizeof(of))
		list[i] = of
	}
	return unsafe.SliceData(list), nil
}
