package hostiletest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
)

// pictures are pictures as large as are decoded, and such as look like many codes.
func pictures() []File {
	return []File{
		{"finders.png", func(int) []byte { return paletted(632, 632, isFinderPattern) }},
		{"large finders.png", func(int) []byte {
			return paletted(1200, 1000, func(x, y int) bool { return isFinderPattern(x/2, y/2) })
		}},
		{"noise.png", func(size int) []byte {
			side := 8
			for side*side < 6*size {
				side += 8
			}
			r := rand.New(rand.NewPCG(1, 2))
			return paletted(min(side, 1000), min(side, 1000), func(x, y int) bool { return r.Uint32()&1 == 0 })
		}},
		{"stripes.png", func(int) []byte { return paletted(632, 632, func(x, y int) bool { return stripe[x%8] }) }},
		{"deep.zip", func(int) []byte { return three("a.png", deep(1200, 1000)) }},
		{"palette.zip", func(int) []byte {
			return three("a.png", paletted(1200, 1000, func(x, y int) bool { return (x/8+y/8)%2 == 0 }))
		}},
		{"progressive.zip", func(int) []byte { return three("a.jpg", progressive(1200, 1000)) }},
	}
}

var stripe = [8]bool{true, false, true, true, true, false, true, false}

// isFinderPattern tells the dark pixels of finder patterns that stand side by side.
func isFinderPattern(x, y int) bool {
	x, y = x%8-3, y%8-3
	d := max(x, -x, y, -y)
	return d == 3 || d < 2
}

func paletted(width, height int, dark func(x, y int) bool) []byte {
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	for y := range height {
		for x := range width {
			if dark(x, y) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}

// deep returns a black picture in PNG of 16 bits a channel, interlaced.
func deep(width, height int) []byte {
	var rows bytes.Buffer
	passes := [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
	for _, pass := range passes {
		w, h := (width-pass[0]+pass[2]-1)/pass[2], (height-pass[1]+pass[3]-1)/pass[3]
		rows.Write(make([]byte, h*(1+8*w)))
	}
	chunk := func(kind string, data []byte) string {
		body := kind + string(data)
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + body +
			string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", append(head, 16, 6, 0, 0, 1)) +
		chunk("IDAT", zlibbed(rows.Bytes())) + chunk("IEND", nil))
}

// progressive returns a picture in progressive JPEG of four channels, with as many scans as are read, of nothing.
func progressive(width, height int) []byte {
	size := string([]byte{byte(height >> 8), byte(height), byte(width >> 8), byte(width)})
	table := "\x00\x01" + strings.Repeat("\x00", 14) + "\x00\x00" // one code, of two bits, for nothing
	out := "\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00" +
		"\xff\xdb\x00\x43\x00" + strings.Repeat("\x01", 64) +
		"\xff\xc2\x00\x14\x08" + size + "\x04\x01\x11\x00\x02\x11\x00\x03\x11\x00\x04\x11\x00" +
		"\xff\xc4\x00\x14\x00" + table[1:] + "\xff\xc4\x00\x14\x10" + table[1:] +
		"\xff\xda\x00\x0e\x04\x01\x00\x02\x00\x03\x00\x04\x00\x00\x00\x00"
	return []byte(out + strings.Repeat("\x00", 30000))
}

// three returns a ZIP archive of three files of one content.
func three(name string, data []byte) []byte {
	out, central := "", ""
	for _, n := range []string{"1", "2", "3"} {
		central += centralHeader(n+name, 0, data, len(out))
		out += localHeader(n+name, 0, data) + string(data)
	}
	return []byte(out + central + zipEnd(3, len(central), len(out)))
}
