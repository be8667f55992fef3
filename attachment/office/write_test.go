package office_test

import (
	"bytes"
	"encoding/binary"
	"sort"
	"strings"
	"unicode/utf16"
)

// compound writes a compound file (MS-CFB) of streams, by their paths. Those below 4,096 octets go into the small
// stream, as Office has it.
func compound(streams map[string]string) []byte {
	w := &cfbWriter{}
	root := w.entry("Root Entry", 5)
	dirs := map[string]int{"": root}
	var paths []string
	for p := range streams {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	for _, p := range paths {
		parts := strings.Split(p, "/")
		parent := ""
		for _, name := range parts[:len(parts)-1] {
			path := strings.TrimPrefix(parent+"/"+name, "/")
			if _, ok := dirs[path]; !ok {
				dirs[path] = w.entry(name, 1)
				w.adopt(dirs[parent], dirs[path])
			}
			parent = path
		}
		e := w.entry(parts[len(parts)-1], 2)
		w.adopt(dirs[parent], e)
		w.put(e, []byte(streams[p]))
	}
	return w.file(root)
}

const free, endOfChain, fatSector = 0xffffffff, 0xfffffffe, 0xfffffffd

type cfbWriter struct {
	entries  [][]byte
	sectors  [][]byte
	fat      []uint32
	mini     []byte
	miniFAT  []uint32
	children map[int]int // last child
}

func (w *cfbWriter) entry(name string, kind byte) int {
	b := make([]byte, 128)
	units := utf16.Encode([]rune(name))
	for i, u := range units {
		binary.LittleEndian.PutUint16(b[2*i:], u)
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
	b[66] = kind
	for _, at := range []int{68, 72, 76} {
		binary.LittleEndian.PutUint32(b[at:], free)
	}
	w.entries = append(w.entries, b)
	return len(w.entries) - 1
}

// adopt adds a child: siblings are a list of their right ones.
func (w *cfbWriter) adopt(parent, child int) {
	if w.children == nil {
		w.children = map[int]int{}
	}
	if last, ok := w.children[parent]; ok {
		binary.LittleEndian.PutUint32(w.entries[last][72:], uint32(child))
	} else {
		binary.LittleEndian.PutUint32(w.entries[parent][76:], uint32(child))
	}
	w.children[parent] = child
}

func (w *cfbWriter) put(e int, data []byte) {
	start := uint32(0)
	if len(data) < 4096 {
		start = uint32(len(w.mini) / 64)
		for i := 0; i < len(data); i += 64 {
			w.miniFAT = append(w.miniFAT, uint32(len(w.miniFAT)+1))
			w.mini = append(w.mini, pad(data[i:min(len(data), i+64)], 64)...)
		}
		if len(data) > 0 {
			w.miniFAT[len(w.miniFAT)-1] = endOfChain
		}
	} else {
		start = w.chain(data)
	}
	binary.LittleEndian.PutUint32(w.entries[e][116:], start)
	binary.LittleEndian.PutUint32(w.entries[e][120:], uint32(len(data)))
}

func pad(b []byte, n int) []byte { return append(bytes.Clone(b), make([]byte, n-len(b))...) }

func (w *cfbWriter) chain(data []byte) uint32 {
	start := uint32(len(w.sectors))
	for i := 0; i < len(data); i += 512 {
		w.sectors = append(w.sectors, pad(data[i:min(len(data), i+512)], 512))
		w.fat = append(w.fat, uint32(len(w.sectors)))
	}
	if len(data) == 0 {
		return endOfChain
	}
	w.fat[len(w.fat)-1] = endOfChain
	return start
}

func numbers(list []uint32) []byte {
	var b []byte
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for len(b)%512 != 0 {
		b = binary.LittleEndian.AppendUint32(b, free)
	}
	return b
}

func (w *cfbWriter) file(root int) []byte {
	binary.LittleEndian.PutUint32(w.entries[root][116:], w.chain(w.mini))
	binary.LittleEndian.PutUint32(w.entries[root][120:], uint32(len(w.mini)))
	miniFAT := w.chain(numbers(w.miniFAT))
	var dir []byte
	for _, e := range w.entries {
		dir = append(dir, e...)
	}
	directory := w.chain(dir)
	count := (len(w.fat) + 127 + 4) / 128
	header := make([]byte, 512)
	copy(header, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(header[24:], 0x3e)
	binary.LittleEndian.PutUint16(header[26:], 3)
	binary.LittleEndian.PutUint16(header[28:], 0xfffe)
	binary.LittleEndian.PutUint16(header[30:], 9)
	binary.LittleEndian.PutUint16(header[32:], 6)
	binary.LittleEndian.PutUint32(header[44:], uint32(count))
	binary.LittleEndian.PutUint32(header[48:], directory)
	binary.LittleEndian.PutUint32(header[56:], 4096)
	binary.LittleEndian.PutUint32(header[60:], miniFAT)
	binary.LittleEndian.PutUint32(header[68:], endOfChain)
	for i := range 109 {
		binary.LittleEndian.PutUint32(header[76+4*i:], free)
	}
	first := len(w.sectors)
	for i := range count {
		w.fat = append(w.fat, fatSector)
		binary.LittleEndian.PutUint32(header[76+4*i:], uint32(first+i))
	}
	out := header
	for _, s := range w.sectors {
		out = append(out, s...)
	}
	return append(out, numbers(w.fat)...)
}

// vba packs the source of a macro as literals.
func vba(source string) string {
	source = "Attribute VB_Name = \"x\"\r\n" + source
	var chunk []byte
	for i := 0; i < len(source); i += 8 {
		chunk = append(append(chunk, 0), source[i:min(len(source), i+8)]...)
	}
	return "\x01" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(chunk)-1)|0xb000)) + string(chunk)
}

// word returns a Word document's two streams: a header that points to the table, and the text in two pieces, of one
// octet and of two octets a character.
func word(first, second string) (document, table string) {
	head := make([]byte, 0x200)
	head[0], head[1], head[0x0b] = 0xec, 0xa5, 0x02
	text := []byte(first)
	wide := len(head) + len(text)
	for _, u := range utf16.Encode([]rune(second)) {
		text = binary.LittleEndian.AppendUint16(text, u)
	}
	clx := []byte{2}
	clx = binary.LittleEndian.AppendUint32(clx, 3*4+2*8)
	for _, cp := range []int{0, len(first), len(first) + len(utf16.Encode([]rune(second)))} {
		clx = binary.LittleEndian.AppendUint32(clx, uint32(cp))
	}
	for _, fc := range []uint32{uint32(len(head))*2 | 1<<30, uint32(wide)} {
		clx = append(clx, 0, 0)
		clx = binary.LittleEndian.AppendUint32(clx, fc)
		clx = append(clx, 0, 0)
	}
	binary.LittleEndian.PutUint32(head[0x1a6:], uint32(len(clx)))
	return string(head) + string(text), string(clx)
}
