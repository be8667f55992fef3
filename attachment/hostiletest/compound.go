package hostiletest

import (
	"strings"
	"unicode/utf16"
)

// compounds are compound files whose many streams are of the same sectors, in circles.
func compounds() []File {
	piece := func(count int) string { return "\x02" + u32(12*count+4) }
	text := strings.Repeat("A", 4096)
	// a table of pieces that are of the same place of the document
	table := func(from, count int, fc int) string {
		var b strings.Builder
		b.WriteString(piece(count))
		for i := range count + 1 {
			b.WriteString(u32(i * from))
		}
		return b.String() + strings.Repeat("\x00\x00"+u32(fc)+"\x00\x00", count)
	}
	word := func(body string) string { // a document whose table is all of the stream 0Table
		return strings.Repeat("\x00", 0x1a2) + u32(0) + u32(3000) + body
	}
	return []File{
		{"pieces.doc", func(size int) []byte {
			return compound(size, "", []string{"WordDocument", "0Table"}, []string{word(strings.Repeat("\x01", 3600)),
				table(4000, 246, 1<<30)}, 1<<20)
		}},
		{"large table.doc", func(size int) []byte {
			n := max(100, size/12-3000)
			return compound(size, "", []string{"WordDocument", "0Table"}, []string{
				strings.Repeat("\x00", 0x1a2) + u32(0) + u32(12*n+9) + strings.Repeat("\x01", 3600), table(1<<20, n, 1<<30)}, 1<<20)
		}},
		{"documents.doc", func(size int) []byte {
			return compound(size, "", append([]string{"0Table"}, times(500, "WordDocument")...), []string{
				table(3000, 246, 1<<30|2*0x200), word(text)[:4096]}, 4096)
		}},
		{"presentations.ppt", func(size int) []byte {
			return compound(size, "", append([]string{"a"}, times(500, "PowerPoint Document")...), []string{"", text}, 8000)
		}},
		{"macros.doc", func(size int) []byte {
			return compound(size, "VBA", append([]string{"a"}, times(500, "ThisDocument")...), []string{"", modules()}, 4096)
		}},
		{"circle.doc", func(size int) []byte {
			return compound(size, "", []string{"WordDocument", "0Table"}, []string{text, text}, 1<<30)
		}},
		{"bodies.msg", func(size int) []byte {
			return compound(size, "x", append([]string{"__properties_version1.0", "x"}, times(500,
				"__substg1.0_1000001E")...), []string{"", "", text[:1]}, 130000)
		}},
		{"rtf.msg", func(size int) []byte {
			return compound(size, "", append([]string{"__properties_version1.0"}, times(500,
				"__substg1.0_10090102")...), []string{"", strings.Repeat("\xff\x00", 4) + "LZFu\x00\x00\x00\x00" +
				strings.Repeat("\xff"+strings.Repeat("\x00\x0f", 8), 240)}, 60000)
		}},
		{"latin.msg", func(size int) []byte {
			return compound(size, "", append([]string{"__properties_version1.0"}, times(500,
				"__substg1.0_1000001E")...), []string{"", strings.Repeat("\xe4", 4096)}, 130000)
		}},
		{"names.msg", func(size int) []byte {
			return compound(size, "__attach_version1.0_#00000000", append([]string{"__properties_version1.0"}, times(500,
				"__substg1.0_3707001E")...), []string{"", strings.Repeat("\xe4", 4096)}, 130000)
		}},
	}
}

func times(n int, s string) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

// modules returns four modules' sources, each of chunks that unpack to 4,096 octets.
func modules() string {
	chunk := func(b string) string { return u16(0xb000|len(b)-1) + b }
	first := chunk("\x00Attribut\x00e VB_Nam")
	return strings.Repeat("\x01"+first+strings.Repeat(chunk("\x02a\xff\x0f"), 64), 4)
}

// compound returns a compound file of streams, of sectors of 4,096 octets (MS-CFB, 2.2). A stream's content is that of
// its number, or the last one; it is in a circle of sectors, and said to have so many octets. All streams but the first
// two are in a storage, where one is named.
func compound(size int, storage string, names, contents []string, octets int) []byte {
	const sector, free = 4096, 0xffffffff
	fat := []int{free - 2} // the first sector is the table itself
	body := strings.Repeat("\x00", sector)
	var starts, lengths []int
	for _, c := range contents {
		starts, lengths = append(starts, len(fat)), append(lengths, octets)
		n := max(1, (len(c)+sector-1)/sector)
		for i := range n {
			fat = append(fat, starts[len(starts)-1]+(i+1)%n)
		}
		body += c + strings.Repeat("\x00", n*sector-len(c))
	}
	dirAt := len(fat)
	dirs := max(1, size/sector-len(fat)-1)
	for i := range dirs {
		fat = append(fat, dirAt+i+1)
	}
	fat[len(fat)-1] = free - 1
	const none = free
	dir := directoryEntry("Root Entry", 5, none, 1, starts[0], octets)
	n := min(len(names), dirs*sector/128-2)
	for i := range n {
		k := min(i, len(contents)-1)
		next, child := i+2, none
		if i == n-1 {
			next = none
		}
		if storage != "" && i == 1 {
			dir += directoryEntry(storage, 1, none, 3, 0, 0) // what follows is below
			continue
		}
		dir += directoryEntry(names[i], 2, next, child, starts[k], lengths[k])
	}
	dir += strings.Repeat("\x00", dirs*sector-len(dir))
	table := ""
	for _, next := range fat {
		table += u32(next)
	}
	table += strings.Repeat("\xff", sector-len(table))
	head := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 16) + u16(62) + u16(4) + u16(0xfffe) +
		u16(12) + u16(6) + strings.Repeat("\x00", 6) + u32(0) + u32(1) + u32(dirAt) + u32(0) + u32(0) +
		u32(free-1) + u32(0) + u32(free-1) + u32(0)
	head += strings.Repeat(u32(0), 109) // the same table, over and over
	return []byte(head + strings.Repeat("\x00", sector-len(head)) + table + body[sector:] + dir)
}

func directoryEntry(name string, kind byte, next, child, start, size int) string {
	e := ""
	for _, u := range utf16.Encode([]rune(name)) {
		e += u16(int(u))
	}
	n := len(e) + 2
	e += strings.Repeat("\x00", 64-len(e)) + u16(n) + string([]byte{kind, 1}) + u32(0xffffffff) + u32(next) + u32(child) +
		strings.Repeat("\x00", 36) + u32(start) + u32(size)
	return e + strings.Repeat("\x00", 128-len(e))
}
