// Package html writes HTML: markup of the program's own with values in it, which are escaped.
//
// It stands in for html/template, whose use of reflection keeps the linker from leaving out unused code. Markup is
// constant text, which the compiler checks: a string made at run time does not become Markup by itself.
package html

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Markup is HTML of the program's own. Each {} in it stands for a value, in text or within the quotes of an attribute.
type Markup string

// Writer collects HTML. Its zero value is empty and ready.
type Writer struct{ b []byte }

// Put appends markup with its values: strings, whole numbers, and values with a String method. It panics if there are
// more values than places for them, or fewer.
func (w *Writer) Put(m Markup, values ...any) {
	rest := string(m)
	for _, v := range values {
		before, after, found := strings.Cut(rest, "{}")
		if !found {
			panic("html: more values than places in " + string(m))
		}
		w.b = append(w.b, before...)
		w.value(v)
		rest = after
	}
	if strings.Contains(rest, "{}") {
		panic("html: fewer values than places in " + string(m))
	}
	w.b = append(w.b, rest...)
}

// If appends markup on a condition.
func (w *Writer) If(condition bool, m Markup, values ...any) {
	if condition {
		w.Put(m, values...)
	}
}

// Append appends the content of another Writer.
func (w *Writer) Append(other *Writer) { w.b = append(w.b, other.b...) }

// Bytes returns the HTML.
func (w *Writer) Bytes() []byte { return w.b }

func (w *Writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.text(v)
	case int:
		w.b = strconv.AppendInt(w.b, int64(v), 10)
	case int64:
		w.b = strconv.AppendInt(w.b, v, 10)
	case uint32:
		w.b = strconv.AppendUint(w.b, uint64(v), 10)
	case uint64:
		w.b = strconv.AppendUint(w.b, v, 10)
	case fmt.Stringer:
		w.text(v.String())
	default:
		panic(fmt.Sprintf("html: a value of type %T", v))
	}
}

// text appends text so that a browser shows it as it is: what is markup, and characters that have no picture or turn
// the direction of those around them, get one.
func (w *Writer) text(s string) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '&':
			w.b = append(w.b, "&amp;"...)
		case r == '<':
			w.b = append(w.b, "&lt;"...)
		case r == '>':
			w.b = append(w.b, "&gt;"...)
		case r == '"':
			w.b = append(w.b, "&#34;"...)
		case r == '\'':
			w.b = append(w.b, "&#39;"...)
		case r == '\n' || r == '\t':
			w.b = append(w.b, byte(r))
		case r < ' ':
			w.b = utf8.AppendRune(w.b, '\u2400'+r) // the control pictures
		case r == 0x7f:
			w.b = append(w.b, "\u2421"...)
		case hidden(r):
			w.b = fmt.Appendf(w.b, "[U+%04X]", r)
		default:
			w.b = utf8.AppendRune(w.b, r) // U+FFFD for a byte that is not UTF-8
		}
		i += n
	}
}

// hidden reports whether a character is a control, or invisible and of effect on its neighbors: C1 controls, marks,
// embeddings, overrides and isolates of direction (Unicode Standard Annex 9), zero-width spaces and tags.
func hidden(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9f, r == 0xad, r == 0x61c, r == 0x180e, r >= 0x200b && r <= 0x200f, r >= 0x2028 &&
		r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}
