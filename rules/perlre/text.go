package perlre

import (
	"unicode/utf8"
)

// Text has the bytes to match expressions against, and the engines' forms of them, made on first use. A Text is for one
// goroutine at a time.
type Text struct {
	bytes string
	latin string // bytes as UTF-8 of U+0000 to U+00FF; set once known
	ascii bool
	known bool // ascii is set
}

// NewText returns a text of bytes.
func NewText(bytes string) Text { return Text{bytes: bytes} }

// String returns the bytes.
func (t *Text) String() string { return t.bytes }

// latin1 returns the text with each byte as the character of that number: Go's regexp reads UTF-8.
func (t *Text) latin1() string {
	if !t.known {
		t.known, t.latin = true, t.bytes
		high := 0
		for i := 0; i < len(t.bytes); i++ {
			high += int(t.bytes[i] >> 7)
		}
		if t.ascii = high == 0; !t.ascii {
			t.latin = toLatin1(t.bytes, high)
		}
	}
	return t.latin
}

func toLatin1(s string, high int) string {
	b := make([]byte, 0, len(s)+high)
	for i := 0; i < len(s); i++ {
		b = utf8.AppendRune(b, rune(s[i]))
	}
	return string(b)
}
