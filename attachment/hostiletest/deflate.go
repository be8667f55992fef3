package hostiletest

import (
	"bytes"
	"fmt"
)

// bitWriter writes bits as DEFLATE has them (RFC 1951, 3.1.1): from the least significant bit of each octet on.
type bitWriter struct {
	out  []byte
	used int // bits of the last octet
}

// number writes a number of so many bits.
func (w *bitWriter) number(n, bits int) {
	for i := range bits {
		w.bit(n >> i & 1)
	}
}

// code writes a Huffman code, which begins with its most significant bit.
func (w *bitWriter) code(code, bits int) {
	for i := bits - 1; i >= 0; i-- {
		w.bit(code >> i & 1)
	}
}

func (w *bitWriter) bit(b int) {
	if w.used%8 == 0 {
		w.out = append(w.out, 0)
	}
	w.out[len(w.out)-1] |= byte(b << (w.used % 8))
	w.used++
}

// codeLength is a length of a code, and the Huffman code that stands for it.
type codeLength struct{ length, code, bits int }

// costlyTables returns blocks of DEFLATE that have no content. The codes of each are as long as those that need the
// largest tables: 35 octets of a block make a decoder fill 35 KB.
func costlyTables(size int) []byte {
	const again = 16 // the last length, 3 to 6 times
	lengths := []codeLength{{16, 0, 1}}
	for i, n := range []int{1, 3, 4, 5, 6} {
		lengths = append(lengths, codeLength{n, 8 + i, 4})
	}
	for i, n := range []int{10, 11, 12, 13, 14, 15} {
		lengths = append(lengths, codeLength{n, 26 + i, 5})
	}
	w := &bitWriter{}
	write := func(length int) {
		for _, l := range lengths {
			if l.length == length {
				w.code(l.code, l.bits)
			}
		}
	}
	tens := func(n int) {
		write(10)
		for n--; n > 0; {
			more := min(n, 6)
			if n-more == 1 || n-more == 2 {
				more = n - 3
			}
			write(again)
			w.number(more-3, 2)
			n -= more
		}
	}
	for len(w.out) < size {
		w.number(0, 1)       // not the last block
		w.number(2, 2)       // of codes of its own
		w.number(282-257, 5) // for literals and lengths
		w.number(0, 5)       // one for distances
		w.number(19-4, 4)    // and all lengths of codes
		for _, length := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
			bits := 0
			for _, l := range lengths {
				if l.length == length {
					bits = l.bits
				}
			}
			w.number(bits, 3)
		}
		tens(256)
		write(1) // the end of the block
		tens(15)
		for _, length := range []int{11, 12, 13, 14, 15, 15, 3, 4, 5, 6} {
			write(length)
		}
		write(1)     // the distance
		w.code(0, 1) // the end of the block
	}
	return w.out
}

// deflates are files of the formats that have DEFLATE inside.
func deflates() []File {
	gzipHead := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")
	return []File{
		{"tables.zip", func(size int) []byte { return zipFile("a.txt", 8, costlyTables(size-200)) }},
		{"shared tables.zip", func(size int) []byte { return sharedZip(size, "a.txt", 8, costlyTables(size/2)) }},
		{"tables.gz", func(size int) []byte { return append(bytes.Clone(gzipHead), costlyTables(size)...) }},
		{"tables.pdf", func(size int) []byte {
			data := "\x78\x9c" + string(costlyTables(size-400))
			return pdf("<</Pages 2 0 R>>", "<</Kids[<</Contents 3 0 R>>]>>",
				fmt.Sprintf("<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream", len(data), data))
		}},
	}
}
