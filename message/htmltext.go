package message

import "unicode/utf8"

// collapsed is text with its white space collapsed.
type collapsed struct {
	buf []byte
	gap byte // what to write before the next word: 0, ' ' or '\n'
}

// space asks for white space before the next word.
func (c *collapsed) space() {
	if c.gap == 0 {
		c.gap = ' '
	}
}

// add appends text, without its characters that take no width, and returns how many those were.
func (c *collapsed) add(b string) (zeroWidth int) {
	for i := 0; i < len(b); {
		switch char := b[i]; {
		case char > ' ' && char < 0x7f:
			end := i + 1
			for end < len(b) && b[end] > ' ' && b[end] < 0x7f {
				end++
			}
			c.word(b[i:end])
			i = end
		case char <= ' ' || char == 0x7f:
			c.space()
			i++
		default:
			r, size := utf8.DecodeRuneInString(b[i:])
			switch runeWidth(r) {
			case widthZero:
				zeroWidth++
			case widthSpace:
				c.space()
			default:
				c.word(b[i : i+size])
			}
			i += size
		}
	}
	return zeroWidth
}

func (c *collapsed) word(b string) {
	if c.gap != 0 {
		if len(c.buf) > 0 {
			c.buf = append(c.buf, c.gap)
		}
		c.gap = 0
	}
	c.buf = append(c.buf, b...)
}

// width is what a character adds to a line.
type width uint8

const (
	widthVisible width = iota
	widthSpace
	widthZero
)

// runeWidth returns the width of a character above 127.
func runeWidth(r rune) width {
	switch {
	case r == 0xa0, 0x2000 <= r && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000, r == 0x85:
		return widthSpace
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x180e, 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e,
		0x2060 <= r && r <= 0x206f, r == 0xfeff, 0xe0000 <= r && r <= 0xe007f:
		return widthZero
	}
	return widthVisible
}
