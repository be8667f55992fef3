package archive

import (
	"bytes"
)

// Marks at the beginning of RAR archives: of the versions 1.5 to 4, and of 5.
var (
	rar4Mark = []byte("Rar!\x1a\x07\x00")
	rar5Mark = []byte("Rar!\x1a\x07\x01\x00")
)

// maxStub is how far into a file the mark of an archive is looked for: a program that unpacks it may stand before it.
const maxStub = 1 << 20

// Rar lists a RAR archive. Files that are stored in it can be unpacked, others not.
func Rar(b []byte) Listing {
	head := b[:min(len(b), maxStub)]
	if i := bytes.Index(head, rar5Mark); i >= 0 {
		return rar5(b[i+len(rar5Mark):])
	}
	if i := bytes.Index(head, rar4Mark); i >= 0 {
		return rar4(b[i+len(rar4Mark):])
	}
	return Listing{Broken: true}
}

// Blocks of RAR 4, and flags (technote.txt of RAR 4.20).
const (
	rar4Main      = 0x73
	rar4File      = 0x74
	rar4End       = 0x7b
	rar4Hidden    = 0x0080 // main: all headers are encrypted
	rar4Encrypted = 0x0004
	rar4Large     = 0x0100 // sizes have 64 bits
	rar4Long      = 0x8000 // data follow the block
	rar4Stored    = 0x30
)

func rar4(b []byte) (l Listing) {
	for len(b) >= 7 {
		kind, flags, size := b[2], u16(b, 3), u16(b, 5)
		if size < 7 || size > int64(len(b)) {
			l.Broken = true
			return l
		}
		head, data := b[:size], int64(0)
		if flags&rar4Long != 0 || kind == rar4File {
			data = u32(head, 7)
		}
		switch kind {
		case rar4End:
			return l
		case rar4Main:
			if flags&rar4Hidden != 0 {
				l.Encrypted = true
				return l
			}
		case rar4File:
			e, packed := rar4Entry(head, flags, data)
			data = packed
			if head[min(25, len(head)-1)] == rar4Stored {
				e.unpack = stored(cut(b, size, packed))
			}
			if !l.add(e) {
				return l
			}
		}
		if data < 0 || size+data > int64(len(b)) {
			l.Broken = true
			return l
		}
		b = b[size+data:]
	}
	l.Broken = true
	return l
}

// rar4Entry reads the header of a file.
func rar4Entry(h []byte, flags, packed int64) (Entry, int64) {
	name, size := int64(32), u32(h, 11)
	if flags&rar4Large != 0 {
		packed, size, name = packed|u32(h, 32)<<32, size|u32(h, 36)<<32, 40
	}
	plain, _, _ := bytes.Cut(cut(h, name, u16(h, 26)), []byte{0}) // the name in Unicode follows, packed
	return Entry{Name: nameOf(plain), Size: size, Packed: packed, Encrypted: flags&rar4Encrypted != 0}, packed
}

// Blocks of RAR 5, and flags (RAR 5.0 archive format).
const (
	rar5File      = 2
	rar5Encrypted = 4 // all blocks that follow are encrypted
	rar5End       = 5
	rar5Extra     = 1
	rar5Data      = 2
	rar5Time      = 2
	rar5CRC       = 4
)

func rar5(b []byte) (l Listing) {
	for len(b) > 7 {
		r := rar5Block{in: b[4:]}
		size := r.number()
		if size <= 0 || size > int64(len(r.in)) {
			l.Broken = true
			return l
		}
		rest := r.in[size:]
		r.in = r.in[:size]
		kind, flags := r.number(), r.number()
		extra, data := int64(0), int64(0)
		if flags&rar5Extra != 0 {
			extra = r.number()
		}
		if flags&rar5Data != 0 {
			data = r.number()
		}
		packed := cut(rest, 0, data)
		switch kind {
		case rar5End:
			return l
		case rar5Encrypted:
			l.Encrypted = true
			return l
		case rar5File:
			if !l.add(r.entry(extra, packed, data)) {
				return l
			}
		}
		if r.bad || int64(len(packed)) < data {
			l.Broken = true
			return l
		}
		b = rest[data:]
	}
	l.Broken = true
	return l
}

// rar5Block reads the fields of a block.
type rar5Block struct {
	in  []byte
	bad bool
}

// number reads an integer in octets of seven bits, the lowest first.
func (r *rar5Block) number() int64 {
	value := int64(0)
	for i := 0; i < 8 && i < len(r.in); i++ {
		value |= int64(r.in[i]&0x7f) << (7 * i)
		if r.in[i]&0x80 == 0 {
			r.in = r.in[i+1:]
			return value
		}
	}
	r.bad, r.in = true, nil
	return 0
}

// entry reads the header of a file.
func (r *rar5Block) entry(extra int64, packed []byte, size int64) Entry {
	e := Entry{Packed: size}
	flags := r.number()
	e.Size = r.number()
	r.number() // attributes
	for bit := int64(rar5Time); bit <= rar5CRC; bit <<= 1 {
		if flags&bit != 0 {
			r.in = r.in[min(4, len(r.in)):]
		}
	}
	compression := r.number()
	r.number() // system
	length := r.number()
	name := cut(r.in, 0, length)
	e.Name = nameOf(name)
	r.in = r.in[len(name):]
	e.Encrypted = extra > 0 && r.encrypts()
	if compression>>7&7 == 0 {
		e.unpack = stored(packed)
	}
	return e
}

// encrypts reports whether the extra records at the end of a file's header have one about its encryption.
func (r *rar5Block) encrypts() bool {
	const encryption = 1
	for len(r.in) > 0 && !r.bad {
		size := r.number()
		record := rar5Block{in: cut(r.in, 0, size)}
		r.in = r.in[len(record.in):]
		if record.number() == encryption && !record.bad {
			return true
		}
	}
	return false
}
