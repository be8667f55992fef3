package outlook

import (
	"bytes"
	"encoding/binary"
)

// Attributes of TNEF (MS-OXTNEF, 2.1.3.2), without their types.
const (
	tnefSubject  = 0x8004
	tnefBody     = 0x800c
	tnefData     = 0x800f
	tnefTitle    = 0x8010
	tnefRendData = 0x9002 // begins an attachment
	tnefProps    = 0x9003 // of the mail
	tnefFile     = 0x9005 // of the attachment
)

// TNEF reads a mail in TNEF.
func TNEF(b []byte) *Message {
	m := &Message{}
	const header, attribute = 6, 9
	if len(b) < header {
		m.Broken = true
		return m
	}
	b = b[header:]
	var file *File
	for len(b) >= attribute {
		id, size := int(binary.LittleEndian.Uint16(b[1:])), int64(binary.LittleEndian.Uint32(b[5:]))
		value := b[attribute:min(int64(len(b)), attribute+size)]
		if int64(len(value)) < size {
			m.Broken = true
		}
		b = b[min(int64(len(b)), attribute+size+2):]
		if id == tnefRendData && len(m.Files) < maxFiles {
			m.Files = append(m.Files, File{})
			file = &m.Files[len(m.Files)-1]
		}
		switch {
		case id == tnefSubject:
			m.property(propSubject, typeString, value)
		case id == tnefBody:
			m.property(propBody, typeString, value)
		case id == tnefProps:
			m.Broken = !properties(value, m.property) || m.Broken
		case file == nil:
		case id == tnefTitle:
			file.property(propName, typeString, value)
		case id == tnefData:
			file.Data = value
		case id == tnefFile:
			m.Broken = !properties(value, file.property) || m.Broken
		}
	}
	m.Broken = m.Broken || len(bytes.Trim(b, "\x00")) > 0
	return m.end()
}

// properties reads a list of properties (MS-OXTNEF, 2.1.3.4), and reports whether all of it could be read.
func properties(b []byte, take func(id, kind int, value []byte)) bool {
	if len(b) < 4 {
		return false
	}
	count := int64(binary.LittleEndian.Uint32(b))
	b = b[4:]
	for ; count > 0; count-- {
		if len(b) < 4 {
			return false
		}
		kind, id := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
		b = b[4:]
		if id >= 0x8000 { // named: a set's identifier, then a number or a name
			if len(b) < 24 {
				return false
			}
			named, number := binary.LittleEndian.Uint32(b[16:]), int64(binary.LittleEndian.Uint32(b[20:]))
			b = b[24:]
			if named != 0 {
				if number = (number + 3) &^ 3; number > int64(len(b)) {
					return false
				}
				b = b[number:]
			}
		}
		var ok bool
		if b, ok = values(b, id, kind, take); !ok {
			return false
		}
	}
	return true
}

// fixed are the octets of values of types that have the same for all (MS-OXCDATA, 2.11.1).
var fixed = map[int]int{0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000a: 4, 0x000b: 4,
	0x0014: 8, 0x0040: 8, 0x0048: 16, 1: 0}

// values reads one property's value, or several of a type with many.
func values(b []byte, id, kind int, take func(id, kind int, value []byte)) ([]byte, bool) {
	const many = 0x1000
	count := int64(1)
	size, isFixed := fixed[kind&^many]
	if kind&many != 0 || !isFixed {
		if len(b) < 4 {
			return nil, false
		}
		count = int64(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if isFixed && size == 0 { // no bytes, so a count of them is no bound
		return b, count <= 1
	}
	for ; count > 0; count-- {
		n := int64(size)
		if !isFixed {
			if len(b) < 4 {
				return nil, false
			}
			n = int64(binary.LittleEndian.Uint32(b))
			b = b[4:]
		}
		if n > int64(len(b)) {
			return nil, false
		}
		v := b[:n]
		if kind == typeObject && n > 16 {
			v = v[16:] // behind the identifier of its interface
		}
		take(id, kind&^many, v)
		if n = (n + 3) &^ 3; n > int64(len(b)) {
			n = int64(len(b))
		}
		b = b[n:]
	}
	return b, true
}
