package message

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// convertWide converts text in UTF-16 or UTF-32, whose order of octets is said by the name, by a byte order mark, or,
// if neither does, by where its zeros are.
func convertWide(b []byte, name string) []byte {
	size := 2
	if len(name) >= len("utf-32") && name[len("utf-")] == '3' {
		size = 4
	}
	little := zerosAtEnd(b, size)
	switch {
	case len(name) == len("utf-16le"):
		little = name[len("utf-16")] == 'l'
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		little = true
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}), bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		little = false
	}
	var order binary.ByteOrder = binary.BigEndian
	if little {
		order = binary.LittleEndian
	}
	return appendWide(make([]byte, 0, len(b)), b, order, size)
}

// appendWide appends b, of units of so many octets, to dst as UTF-8, without byte order marks.
func appendWide(dst, b []byte, order binary.ByteOrder, size int) []byte {
	high := rune(-1)
	for ; len(b) >= size; b = b[size:] {
		var r rune
		if size == 2 {
			r = rune(order.Uint16(b))
		} else {
			r = rune(order.Uint32(b))
		}
		dst, high = appendUnit(dst, high, r)
	}
	if high >= 0 || len(b) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// appendUnit appends a unit of UTF-16 that follows high, the first half of a pair, or -1. NUL and byte
// order marks are left out. It returns the unit if it is such a half.
func appendUnit(dst []byte, high, unit rune) ([]byte, rune) {
	const byteOrderMark, firstHigh, lastHigh = 0xfeff, 0xd800, 0xdbff
	if high >= 0 {
		if r := utf16.DecodeRune(high, unit); r != utf8.RuneError {
			return utf8.AppendRune(dst, r), -1
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	switch {
	case unit >= firstHigh && unit <= lastHigh:
		return dst, unit
	case unit != byteOrderMark && unit != 0:
		dst = utf8.AppendRune(dst, unit)
	}
	return dst, -1
}

// zerosAtEnd reports whether units of so many octets rather end in a zero than start with one, as Latin letters do in
// little-endian order. If neither is the case it says yes, as the WHATWG's encoding standard does.
func zerosAtEnd(b []byte, size int) bool {
	first, last := 0, 0
	for i := 0; i+size <= len(b); i += size {
		if b[i] == 0 {
			first++
		}
		if b[i+size-1] == 0 {
			last++
		}
	}
	return last >= first
}

// looksWide reports whether b, that does not say so, is UTF-16: it has a byte order mark, or every other octet is
// mostly zero.
func looksWide(b []byte) bool {
	if bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
		return true
	}
	const least = 8 // octets
	zeros := [2]int{}
	for i, c := range b {
		if c == 0 {
			zeros[i&1]++
		}
	}
	few, many := min(zeros[0], zeros[1]), max(zeros[0], zeros[1])
	return len(b) >= least && many > len(b)/3 && few < len(b)/20
}

// convertUTF7 converts UTF-7 (RFC 2152): runs of UTF-16 in base64 between "+" and "-", ASCII apart from them.
func convertUTF7(b []byte) []byte {
	dst := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		dst = append(dst, b[:i]...)
		b = b[i+1:]
		if len(b) > 0 && b[0] == '-' {
			dst = append(dst, '+')
			b = b[1:]
			continue
		}
		dst, b = appendUTF7Run(dst, b)
	}
	return append(dst, bytes.ToValidUTF8(b, []byte("\uFFFD"))...)
}

// appendUTF7Run appends the run of base64 at the start of b, and returns the rest after it.
func appendUTF7Run(dst, b []byte) (out, rest []byte) {
	bits, n := uint32(0), 0
	high := rune(-1)
	i := 0
	for ; i < len(b); i++ {
		v := base64Value(b[i])
		if v < 0 {
			break
		}
		bits = bits<<6 | uint32(v)
		if n += 6; n >= 16 {
			n -= 16
			dst, high = appendUnit(dst, high, rune(bits>>n&0xffff))
		}
	}
	if high >= 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	return dst, b[i:]
}
