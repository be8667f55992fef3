package hostiletest

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strings"
)

// archives are archives whose files share octets, or that are of many tiny blocks.
func archives() []File {
	return []File{
		{"shared empty blocks.zip", func(size int) []byte {
			return sharedZip(size, "x", 8, bytes.Repeat([]byte("\x00\x00\x00\xff\xff"), size/20))
		}},
		{"shared page.zip", func(size int) []byte {
			return sharedZip(size, "x.html", 8, deflated(bytes.Repeat([]byte("<a href=http://a.example>b</a>"), 34000)))
		}},
		{"shared relations.zip", func(size int) []byte {
			return officeZip(size, "word/_rels/a.rels", deflated(bytes.Repeat([]byte("<Relationship Target="), 49000)))
		}},
		{"shared workbook.zip", func(size int) []byte {
			return officeZip(size, "xl/workbook.xml", deflated(bytes.Repeat([]byte("<definedName name="), 55000)))
		}},
		{"overlapping names.zip", func(size int) []byte {
			unit := "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x00\x04\x00\x00" + ".pdf......"
			return bytes.Repeat([]byte(unit), size/len(unit))
		}},
		{"chunks.xz", func(size int) []byte { return append(xzHead(), chunks(size-30, 0x5d)...) }},
		{"left octets.xz", func(size int) []byte { // of a first chunk that is said to be long
			b := append(xzHead(), chunks(size-30, 0xe0)...)
			b[len(xzHead())+3] = 0xff
			return b
		}},
		{"properties.xz", func(size int) []byte { return append(xzHead(), chunks(size-30, 0xe0)...) }},
		{"empty blocks.cab", func(size int) []byte { return cab(size/40, "CK\x03\x00", size/24, 1) }},
		{"empty stored blocks.cab", func(size int) []byte { return cab(size/40, "", size/16, 0) }},
		{"solid.cab", func(size int) []byte {
			block := string(deflated(make([]byte, 32<<10)))
			return cab(size/40, "CK"+block, size/2/(10+len(block)), 1)
		}},
		{"members.gz", repeat("", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", "")},
		{"blocks.bz2", func(size int) []byte { return blocks(size) }},
		{"directories.iso", sharedISO},
	}
}

// localHeader and centralHeader are a ZIP file's two headers.
func localHeader(name string, method int, data []byte) string {
	return "PK\x03\x04\x14\x00\x00\x00" + u16(method) + "\x00\x00\x00\x00" + u32(int(crc32.ChecksumIEEE(data))) +
		u32(len(data)) + u32(1<<20) + u16(len(name)) + "\x00\x00" + name
}

func centralHeader(name string, method int, data []byte, at int) string {
	return "PK\x01\x02\x14\x00\x14\x00\x00\x00" + u16(method) + strings.Repeat("\x00", 8) + u32(len(data)) + u32(1<<20) +
		u16(len(name)) + strings.Repeat("\x00", 12) + u32(at) + name
}

func zipEnd(n, size, at int) string {
	return "PK\x05\x06\x00\x00\x00\x00" + u16(n) + u16(n) + u32(size) + u32(at) + "\x00\x00"
}

// zipFile returns an archive of one file.
func zipFile(name string, method int, data []byte) []byte {
	head, central := localHeader(name, method, data), centralHeader(name, method, data, 0)
	return []byte(head + string(data) + central + zipEnd(1, len(central), len(head)+len(data)))
}

// sharedZip returns an archive whose directory names one file's data many times.
func sharedZip(size int, name string, method int, data []byte) []byte {
	out := localHeader(name, method, data) + string(data)
	at, n := len(out), 0
	for len(out) < size-50 && n < 1000 {
		out += centralHeader(fmt.Sprint(n)+name, method, data, 0)
		n++
	}
	return []byte(out + zipEnd(n, len(out)-at, at))
}

// officeZip is sharedZip for the members of a document.
func officeZip(size int, name string, data []byte) []byte {
	types := localHeader("[Content_Types].xml", 0, nil)
	out := types + localHeader(name, 8, data) + string(data)
	at := len(out)
	out += centralHeader("[Content_Types].xml", 0, nil, 0)
	n := 1
	for len(out) < size-50 && n < 1000 {
		out += centralHeader(name, 8, data, len(types))
		n++
	}
	return []byte(out + zipEnd(n, len(out)-at, at))
}

// chunks returns LZMA2 data of many chunks of one octet, each with new properties.
func chunks(size int, properties byte) []byte {
	out := []byte{0xe0, 0, 0, 0, 5, properties, 0, 0, 0, 0, 0, 0}
	for len(out) < size {
		out = append(out, 0xc0, 0, 0, 0, 5, properties, 0, 0, 0, 0, 0, 0)
	}
	return append(out, 0)
}

func xzHead() []byte {
	return []byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3")
}

// cab returns a cabinet of files in one folder of blocks.
func cab(files int, block string, blocks, method int) []byte {
	const header, folder = 36, 8
	list := strings.Repeat(u32(1<<20)+u32(0)+"\x00\x00"+strings.Repeat("\x00", 6)+"a\x00", files)
	data := strings.Repeat("\x00\x00\x00\x00"+u16(len(block))+u16(32<<10)+block, blocks)
	return []byte("MSCF\x00\x00\x00\x00" + u32(0) + u32(0) + u32(header+folder) + u32(0) + "\x03\x01" + u16(1) +
		u16(files) + u16(0) + u16(0) + u16(0) + u32(header+folder+len(list)) + u16(blocks) + u16(method) + list + data)
}

// sharedISO returns a disk image whose files all are of the same sectors.
func sharedISO(size int) []byte {
	const sector = 2048
	out := make([]byte, max(size, 24*sector)/sector*sector)
	copy(out[16*sector:], "\x01CD001\x01")
	record := func(name string, at, size int) string {
		r := "\x00\x00" + u32(at) + "\x00\x00\x00\x00" + u32(size) + strings.Repeat("\x00", 18) +
			string(rune(len(name))) + name
		return string(rune(len(r)+len(r)%2)) + r[1:] + strings.Repeat("\x00", len(r)%2)
	}
	copy(out[16*sector+156:], record("\x00", 17, 4*sector))
	one := record("a.html", 21, len(out)-21*sector)
	for s := 17; s < 21; s++ {
		copy(out[s*sector:], strings.Repeat(one, sector/len(one)))
	}
	copy(out[21*sector:], bytes.Repeat([]byte("<a href=http://a.example>b</a>"), len(out)/30))
	return out
}

// blocks returns bzip2 data of blocks of 899,980 octets, as large as they get, of "ab" over and over.
func blocks(size int) []byte {
	const block = "1AY&SYe\x6c\x91\x25\xec\x03\x6e\xe2\x81\x00\x03\x00\x02\x00\x03\x08\x04\xd4\x68\xa8\x42\x26" +
		"\x8a\x84\x22\x71\x77\x24\x53\x85\x09\x06\xc9\x12\x5e\xc0"
	return []byte(strings.Repeat("BZh9"+block, max(1, size/len(block)/8)))
}
