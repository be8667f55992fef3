package hostiletest

import "strings"

// sevenZips are 7z archives whose headers count more than they hold, or have the same section many times.
func sevenZips() []File {
	header := func(prefix, unit, suffix string) func(int) []byte {
		return func(size int) []byte { return sevenZip(string(repeat(prefix, unit, suffix)(size - 32))) }
	}
	three := "\x07\x0b\x03\x00" + strings.Repeat("\x01\x01\x00", 3) + "\x0c\x01\x01\x01\x00"
	return []File{
		{"digests.7z", func(size int) []byte { // many short lists
			return sevenZip("\x01\x04\x06\x00" + sevenNumber(size/8) + strings.Repeat("\x0a\x00", 3*size/8-30) +
				strings.Repeat("\x0a\x01", size/8-30))
		}},
		{"bits.7z", func(size int) []byte { // lists of bits, of as many as there are octets
			one := "\x0a\x00" + strings.Repeat("\x00", size/8)
			return sevenZip("\x01\x04\x06\x00" + sevenNumber(size) + strings.Repeat(one, size/len(one)))
		}},
		{"substreams.7z", header("\x01\x04"+three, "\x08\x0d\x80\xff\x80\xff\x80\xff\x00", "\x00\x00")},
		{"substreams again.7z", header("\x01\x04"+three, "\x08\x00", "\x00\x00")},
		{"main.7z", header("\x01", "\x04"+three+"\x00", "\x00")},
		{"unpack.7z", header("\x01\x04", three, "\x00\x00")},
		{"outputs.7z", header("\x01\x04\x07\x0b\xc0\xe8\x03\x00"+strings.Repeat("\x01\x11\x00\x20\x20", 1000),
			"\x0c", "\x00")},
		{"empties.7z", header("\x01\x05\xc0\xe8\x03", "\x0e\x00", "\x00\x00")},
		{"names.7z", header("\x01\x05\xc0\xe8\x03", "\x11\x01\x00", "\x00\x00")},
		{"name.7z", header("\x01\x05\xc0\xe8\x03\x11\xc0\xff\xff\x00", "a\x00", "\x00\x00")},
		{"checksums.7z", header("\x01\x04\x07\x0b\xc0\xe8\x03\x00"+strings.Repeat("\x01\x01\x00", 1000)+"\x00\x08\x0d"+
			strings.Repeat("\x00", 1000), "\x0a\x01", "\x00\x00")},
		{"packed sizes.7z", header("\x01\x04\x06\x00\xc0\xff\xff\x09", "\x01", "\x00\x00")},
		{"properties.7z", func(size int) []byte { // the literal coder's tables are 2^(lc+lp) times as large
			return foldersOf7z(size/80, "\x01\x23\x03\x01\x01\x05\xe0\x00\x00\x10\x00")
		}},
	}
}

// sevenNumber returns a number below 2^21 as 7z writes it.
func sevenNumber(n int) string { return string([]byte{0xc0 | byte(n>>16), byte(n), byte(n >> 8)}) }

// sevenZip returns an archive with a header that is not packed.
func sevenZip(header string) []byte {
	return []byte("7z\xbc\xaf\x27\x1c\x00\x04" + strings.Repeat("\x00", 12) + u32(len(header)) +
		strings.Repeat("\x00", 8) + header)
}

// foldersOf7z returns an archive of n files, each in a stream of its own with some coder.
func foldersOf7z(n int, coder string) []byte {
	num := sevenNumber(n)
	return sevenZip("\x01\x04\x06\x00" + num + "\x09" + strings.Repeat("\x10", n) + "\x00" +
		"\x07\x0b" + num + "\x00" + strings.Repeat(coder, n) + "\x0c" + strings.Repeat("\xe0\x00\x00\x10", n) + "\x00" +
		"\x00" + "\x05" + num + "\x11" + sevenNumber(4*n+1) + "\x00" + strings.Repeat("a\x00\x00\x00", n) + "\x00\x00")
}
