package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"asterism/attachment/picture"
	"asterism/test/e2e"
)

// code returns the picture that qrencode makes of a text.
func code(t *testing.T, text string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.png")
	e2e.Run(t, e2e.Tool(t, "qrencode", "qrencode"), append(args, "-o", file, text)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCode: codes are read in each size, color and format that mails have them in.
func TestCode(t *testing.T) {
	const link = "https://crook.example/login?victim=bob@example.org&token=0123456789abcdef"
	plain, err := png.Decode(bytes.NewReader(code(t, link, "-s", "6")))
	if err != nil {
		t.Fatal(err)
	}
	letter := image.NewRGBA(image.Rect(0, 0, 900, 1200)) // a page with the code in it
	for i := range letter.Pix {
		letter.Pix[i] = 0xff
	}
	for y := range plain.Bounds().Dy() {
		for x := range plain.Bounds().Dx() {
			letter.Set(x+300, y+500, plain.At(x, y))
		}
	}
	turned := image.NewGray(image.Rect(0, 0, plain.Bounds().Dy(), plain.Bounds().Dx()))
	for y := range plain.Bounds().Dy() {
		for x := range plain.Bounds().Dx() {
			turned.Set(y, plain.Bounds().Dx()-1-x, plain.At(x, y))
		}
	}
	for name, b := range map[string][]byte{
		"small": code(t, link, "-s", "2"), "usual": code(t, link), "large": code(t, link, "-s", "14"),
		"JPEG": asJPEG(t, plain),
		"blue": code(t, link, "--foreground=1a2b8c", "-s", "5"), "in a page": asJPEG(t, letter), "turned": asJPEG(t, turned),
		"clear background": code(t, link, "--background=ffffff00", "-s", "5"),
	} {
		w, h := picture.Size(b)
		if got, ok := picture.Code(b); !ok || got != link || !picture.MayHoldCode(w, h) {
			t.Errorf("%s, %dx%d: %q", name, w, h, got)
		}
	}
	photo := image.NewGray(image.Rect(0, 0, 600, 600))
	for i := range photo.Pix {
		photo.Pix[i] = byte(i*i>>7 ^ i>>3)
	}
	if got, ok := picture.Code(asJPEG(t, photo)); ok {
		t.Errorf("a picture without a code: %q", got)
	}
}

// TestNoCode: pictures full of what codes have are none. The clock gives no verdict; the log has the time.
func TestNoCode(t *testing.T) {
	stripes := image.NewPaletted(image.Rect(0, 0, 1095, 1095), color.Palette{color.Black, color.White})
	for i := range stripes.Pix { // each row is finder patterns
		stripes.Pix[i] = [9]byte{0, 1, 0, 0, 0, 1, 0, 1, 1}[i%9]
	}
	noise := image.NewPaletted(image.Rect(0, 0, 900, 900), color.Palette{color.Black, color.White})
	seed := uint32(1)
	for i := range noise.Pix {
		seed = seed*1664525 + 1013904223
		noise.Pix[i] = byte(seed >> 31)
	}
	for name, img := range map[string]image.Image{"stripes": stripes, "noise": noise} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		if text, ok := picture.Code(b.Bytes()); ok {
			t.Errorf("%s: %q", name, text)
		}
		t.Logf("%s: %d bytes, %v", name, b.Len(), time.Since(started))
	}
}

func FuzzCode(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 50, 50))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add([]byte("GIF89a\x20\x00\x20\x00\x80\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		if picture.MayHoldCode(picture.Size(b)) {
			picture.Code(b)
		}
	})
}
