// Package picture measures pictures, and reads the QR codes in them.
package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Bounds on pictures that are searched for codes, in pixels. A code has 21 modules a side at least; what is larger than
// a screen is a photograph.
const (
	leastSide  = 42
	mostPixels = 1200 * 1000
	workPixels = 400 * 1000 // to which larger ones are scaled down
	mostScans  = 24         // of a progressive JPEG: each goes over all of the picture
	mostBytes  = 8_000_000  // of memory of one picture
)

// Size returns the width and height of a picture, in pixels; 0 if its format is not known.
func Size(b []byte) (width, height int) {
	switch {
	case len(b) >= 10 && bytes.HasPrefix(b, []byte("GIF8")):
		return int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	case len(b) >= 24 && bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:]))
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return jpegSize(b)
	}
	return 0, 0
}

// jpegSize walks the segments to the frame header (ITU-T T.81, section B.2.2).
func jpegSize(b []byte) (width, height int) {
	for i := 2; i+9 < len(b) && b[i] == 0xff; {
		marker, length := b[i+1], int(binary.BigEndian.Uint16(b[i+2:]))
		if marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc {
			return int(binary.BigEndian.Uint16(b[i+7:])), int(binary.BigEndian.Uint16(b[i+5:]))
		}
		i += 2 + max(length, 2)
	}
	return 0, 0
}

// MayHoldCode reports whether a picture of this size may hold a code that a telephone reads.
func MayHoldCode(width, height int) bool {
	return width >= leastSide && height >= leastSide && width <= mostPixels && height <= mostPixels &&
		width*height <= mostPixels && width <= 8*height && height <= 8*width
}

// Code returns the text of the QR code in a picture; ok is false if there is none.
func Code(b []byte) (text string, ok bool) {
	img := decode(b)
	if img == nil {
		return "", false
	}
	gray := scaled(img)
	if !hasFinders(gray) {
		return "", false
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(gray)))
	if err != nil {
		return "", false
	}
	matrix, err := bitmap.GetBlackMatrix()
	if err != nil || crowded(matrix) {
		return "", false
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}

// decode decodes a picture, of an animation the first.
func decode(b []byte) image.Image {
	if !small(b) {
		return nil
	}
	var img image.Image
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("GIF8")):
		img, err = gif.Decode(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte("\x89PNG")):
		img, err = png.Decode(bytes.NewReader(b))
	case bytes.Count(b, []byte("\xff\xda")) > mostScans:
		return nil
	default:
		img, err = jpeg.Decode(bytes.NewReader(b))
	}
	if err != nil || img.Bounds().Empty() {
		return nil
	}
	return img
}

// small reports whether a picture is as small as MayHoldCode wants by what its decoder reads of it: Size may see
// another frame, and the decoder makes room for what its own declares.
func small(b []byte) bool {
	config := jpeg.DecodeConfig
	switch {
	case bytes.HasPrefix(b, []byte("GIF8")):
		config = gif.DecodeConfig
	case bytes.HasPrefix(b, []byte("\x89PNG")):
		config = png.DecodeConfig
	}
	c, err := config(bytes.NewReader(b))
	return err == nil && MayHoldCode(c.Width, c.Height) && c.Width*c.Height*depth(b, c.ColorModel) <= mostBytes
}

// depth returns the octets of memory that a decoder takes for each pixel, or more.
func depth(b []byte, model color.Model) int {
	const interlaced = 28 // where PNG says so
	n := 4
	switch model {
	case color.GrayModel:
		n = 1
	case color.YCbCrModel:
		n = 3
	case color.RGBA64Model, color.NRGBA64Model:
		n = 8
	}
	if _, ok := model.(color.Palette); ok {
		n = 1
	}
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG")) && len(b) > interlaced && b[interlaced] != 0:
		n *= 2 // the pictures of each pass, and all
	case bytes.Contains(b, []byte("\xff\xc2")): // a progressive JPEG, by its frame header, keeps numbers of four octets
		n *= 5
	}
	return n
}

// scaled returns a picture in shades of gray, scaled down by a whole number if it is large. What is transparent is
// white, as mail programs show it.
func scaled(img image.Image) *image.Gray {
	bounds := img.Bounds()
	step := 1
	for bounds.Dx()/step*(bounds.Dy()/step) > workPixels {
		step++
	}
	out := image.NewGray(image.Rect(0, 0, bounds.Dx()/step, bounds.Dy()/step))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = brightness(img, bounds.Min.X+x*step, bounds.Min.Y+y*step)
		}
	}
	return out
}

func brightness(img image.Image, x, y int) byte {
	switch img := img.(type) {
	case *image.Gray:
		return img.GrayAt(x, y).Y
	case *image.YCbCr:
		return img.Y[img.YOffset(x, y)]
	}
	r, g, b, a := img.At(x, y).RGBA()
	white := 0xffff - a
	return color.GrayModel.Convert(color.RGBA64{uint16(r + white), uint16(g + white), uint16(b + white),
		0xffff}).(color.Gray).Y
}

// leastFinders is how many rows cross a finder pattern in the picture of a code, at the least: three modules' height in
// two of its three corners.
const leastFinders = 6

// hasFinders reports whether rows of a picture have the runs of a finder pattern: dark, light, dark, light, dark, as
// long as 1:1:3:1:1 (ISO/IEC 18004, 6.3.3). Few photographs have.
func hasFinders(g *image.Gray) bool {
	low, high := byte(255), byte(0)
	for _, v := range g.Pix {
		low, high = min(low, v), max(high, v)
	}
	if high-low < 40 {
		return false
	}
	middle := low + (high-low)/2
	found := 0
	for y := range g.Rect.Dy() {
		row := g.Pix[y*g.Stride : y*g.Stride+g.Rect.Dx()]
		if found += finders(row, middle); found >= leastFinders {
			return true
		}
	}
	return false
}

// finders counts the patterns in a row.
func finders(row []byte, middle byte) (n int) {
	var runs [5]int
	dark, length := row[0] < middle, 0
	for i := 0; i <= len(row); i++ {
		if i < len(row) && (row[i] < middle) == dark {
			length++
			continue
		}
		copy(runs[:], runs[1:])
		runs[4] = length
		if dark && isFinder(runs) {
			n++
		}
		dark, length = !dark, 1
	}
	return n
}

func isFinder(runs [5]int) bool {
	total := 0
	for _, r := range runs {
		if r == 0 {
			return false
		}
		total += r
	}
	if total < 7 {
		return false
	}
	module := float64(total) / 7
	slack := module * 0.7
	near := func(run int, modules float64) bool {
		d := float64(run) - modules*module
		return d < slack*modules && d > -slack*modules
	}
	return near(runs[0], 1) && near(runs[1], 1) && near(runs[2], 3) && near(runs[3], 1) && near(runs[4], 1)
}
