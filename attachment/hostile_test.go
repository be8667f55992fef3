package attachment

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"asterism/attachment/archive/archivetest"
)

// TestCostOfFormats: one stream that is named many times, filters that run-length encode each other's output,
// decompressors that take memory for each of many files, and a picture that hides its size.
func TestCostOfFormats(t *testing.T) {
	costs(t, map[string][]byte{
		"contents.pdf": pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Kids [3 0 R] >>",
			"<< /Contents ["+strings.Repeat("4 0 R ", 5000)+"] >>", flateDict("", strings.Repeat(" ", 1<<20))),
		"runs.pdf": pdfOf(repeated(600, "<< /Type /ObjStm /N 1 /First 1 /Filter [/RL /RL /RL /RL] /Length 2 >>\n"+
			"stream\n\x81\x81\nendstream")...),
		"trailers.pdf": []byte("%PDF-1.4\n1 0 obj 1 endobj " + strings.Repeat("trailer<<", 7000)),
		"arrays.pdf":   []byte("%PDF-1.4\n1 0 obj 1 endobj " + strings.Repeat("trailer<</A[1 1 1 1 1", 3000)),
		"predictor.pdf": pdfOf(repeated(60, flateDict("/Type /ObjStm /N 1 /First 5 "+
			"/DecodeParms << /Predictor 15 /Columns 1 >>", strings.Repeat("\x04\x00", 1<<19)))...),
		"fonts.pdf": pdfOf("<< /Pages 2 0 R >>", "<< /Kids [<< /Contents 3 0 R /Resources << /Font << "+
			"/F << /ToUnicode 4 0 R >> >> >> >>] >>", flateDict("", strings.Repeat("/F 1 Tf (a) Tj ", 70000)),
			flateDict("", strings.Repeat("<0000><ffff><0000>\n", 50000)+"endbfrange")),
		"bzip2.zip": archivetest.Zip(repeatedFiles(100, "x.bz2", "BZh91AY&SY")...),
		"xz.zip": archivetest.Zip(repeatedFiles(100, "x.xz", "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46"+
			"\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x00a")...),
		"folders.7z": foldersOf7z(1000, "\x01\x01\x00", 1000),
		"lzma.7z":    foldersOf7z(1000, "\x01\x23\x03\x01\x01\x05\x5d\x00\x00\x10\x00", 1),
		"many7z.zip": archivetest.Zip(repeatedFiles(20, "x.7z", string(foldersOf7z(900, "\x01\x01\x00", 1000)))...),
		"hidden.jpg": hiddenFrame(t),
	})
}

func repeated(n int, s string) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

func repeatedFiles(n int, name, content string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(i)+name, content)
	}
	return all
}

func flateDict(dict, s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return fmt.Sprintf("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dict, b.Len(), b.Bytes())
}

func pdfOf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF")
	return []byte(b.String())
}

// foldersOf7z returns a 7z archive of streams with some coder, each said to be of some files.
func foldersOf7z(n int, coder string, files int) []byte {
	num := func(v int) string { return string([]byte{0xc0, byte(v), byte(v >> 8)}) }
	var h strings.Builder
	h.WriteString("\x01\x04\x06\x00" + num(n) + "\x09" + strings.Repeat("\x10", n) + "\x00")
	h.WriteString("\x07\x0b" + num(n) + "\x00" + strings.Repeat(coder, n) + "\x0c" +
		strings.Repeat("\xe0\x00\x00\x10", n) + "\x00")
	h.WriteString("\x08\x0d" + strings.Repeat(num(files), n) + "\x00\x00")
	h.WriteString("\x05" + num(n) + "\x11" + num(2*n+1) + "\x00" + strings.Repeat("\x00\x00", n) + "\x00\x00")
	head := make([]byte, 32)
	copy(head, "7z\xbc\xaf\x27\x1c\x00\x04")
	head[20], head[21], head[22] = byte(h.Len()), byte(h.Len()>>8), byte(h.Len()>>16)
	return append(head, h.String()...)
}

// hiddenFrame returns a JPEG whose frame header stands where a reader that takes each marker for one with a length does
// not see it, and declares the largest picture. Such a reader sees another one, which is in a segment to be left out.
func hiddenFrame(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 100, 100)), nil); err != nil {
		t.Fatal(err)
	}
	const length = 19 // of a frame header of three components, with its marker
	before, rest, _ := bytes.Cut(b.Bytes()[2:], []byte("\xff\xc0"))
	frame := append([]byte("\xff\xc0"), rest[:length-2]...)
	large := bytes.Clone(frame)
	copy(large[5:], "\xff\xff\xff\xff")
	return bytes.Join([][]byte{[]byte("\xff\xd8\xff\xd0\x00\x15"), large, []byte("\xff\xd1\x00\x06\xff\xe0\x00\x15"),
		frame,
		before, rest[length-2:]}, nil)
}
