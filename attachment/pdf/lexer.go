package pdf

import (
	"bytes"
	"strconv"
)

// The types of values (7.3), beside float64 and bool: a missing or null one is nil.
type (
	name    string
	text    []byte // a string
	ref     int    // a reference, by its object's number
	array   []any
	dict    map[string]any
	keyword string // an operator in a content stream
)

// Bounds on what one value holds.
const (
	maxDepth    = 40
	maxElements = 100000
)

// lexer reads values.
type lexer struct {
	in []byte
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// space passes over white space and comments.
func (l *lexer) space() {
	for len(l.in) > 0 {
		switch c := l.in[0]; {
		case isSpace(c):
			l.in = l.in[1:]
		case c == '%':
			i := bytes.IndexAny(l.in, "\r\n")
			if i < 0 {
				i = len(l.in)
			}
			l.in = l.in[i:]
		default:
			return
		}
	}
}

// end is what value returns behind the last value.
type end struct{}

// value reads the next value; end if there is none.
func (l *lexer) value(depth int) any {
	l.space()
	if len(l.in) == 0 {
		return end{}
	}
	if depth > maxDepth {
		l.in = nil
		return nil
	}
	switch c := l.in[0]; {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case bytes.HasPrefix(l.in, []byte("<<")):
		l.in = l.in[2:]
		return l.dict(depth)
	case c == '<':
		return l.hex()
	case c == '[':
		l.in = l.in[1:]
		return l.array(depth)
	case c == '+' || c == '-' || c == '.' || isDigit(c):
		return l.number()
	case isDelimiter(c):
		l.in = l.in[1:]
		if c == '>' && len(l.in) > 0 && l.in[0] == '>' {
			l.in = l.in[1:]
			return keyword(">>")
		}
		return keyword(c)
	}
	return l.keyword()
}

func (l *lexer) keyword() any {
	n := 0
	for n < len(l.in) && !isSpace(l.in[n]) && !isDelimiter(l.in[n]) {
		n++
	}
	word := string(l.in[:min(n, 32)])
	l.in = l.in[n:]
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return keyword(word)
}

// number reads a number, or a reference such as "12 0 R".
func (l *lexer) number() any {
	n := 1
	for n < len(l.in) && (isDigit(l.in[n]) || l.in[n] == '.' || l.in[n] == '-') {
		n++
	}
	v, err := strconv.ParseFloat(string(l.in[:min(n, 32)]), 64)
	l.in = l.in[n:]
	if err != nil {
		return 0.0
	}
	if rest, ok := afterReference(l.in); ok && v >= 0 && v < 1e9 && v == float64(int(v)) {
		l.in = rest
		return ref(int(v))
	}
	return v
}

// afterReference reports whether " 0 R" follows, and what comes behind it.
func afterReference(b []byte) ([]byte, bool) {
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	digits := i
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	if i == digits || digits == 0 {
		return nil, false
	}
	space := i
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i == space || i >= len(b) || b[i] != 'R' || i+1 < len(b) && !isSpace(b[i+1]) && !isDelimiter(b[i+1]) {
		return nil, false
	}
	return b[i+1:], true
}

func (l *lexer) name() any {
	n := 1
	for n < len(l.in) && !isSpace(l.in[n]) && !isDelimiter(l.in[n]) {
		n++
	}
	raw := l.in[1:n]
	l.in = l.in[n:]
	if bytes.IndexByte(raw, '#') < 0 {
		return name(raw)
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if v, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return name(out)
}

// literal reads a string in parentheses (7.3.4.2).
func (l *lexer) literal() any {
	out := make([]byte, 0, max(0, bytes.IndexByte(l.in, ')'))) // it does not end before the first one
	open := 0
	for i := 0; i < len(l.in); i++ {
		switch c := l.in[i]; c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				l.in = l.in[i+1:]
				return text(out)
			}
			out = append(out, c)
		case '\\':
			if i++; i < len(l.in) {
				var n int
				out, n = appendEscape(out, l.in[i:])
				i += n - 1
			}
		default:
			out = append(out, c)
		}
	}
	l.in = nil
	return text(out)
}

// appendEscape appends what follows a backslash, and returns how many octets it takes.
func appendEscape(out, b []byte) ([]byte, int) {
	switch c := b[0]; c {
	case 'n':
		return append(out, '\n'), 1
	case 'r':
		return append(out, '\r'), 1
	case 't':
		return append(out, '\t'), 1
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case '\n':
		return out, 1
	case '\r':
		if len(b) > 1 && b[1] == '\n' {
			return out, 2
		}
		return out, 1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, n := 0, 0
		for n < 3 && n < len(b) && b[n] >= '0' && b[n] <= '7' {
			v, n = v*8+int(b[n]-'0'), n+1
		}
		return append(out, byte(v)), n
	default:
		return append(out, c), 1
	}
}

func (l *lexer) hex() any {
	stop := bytes.IndexByte(l.in, '>')
	if stop < 0 {
		l.in = nil
		return text(nil)
	}
	out := unhex(l.in[1:stop])
	l.in = l.in[stop+1:]
	return text(out)
}

// unhex decodes hexadecimal digits, passing over everything else; a single one at the end counts as followed by 0.
func unhex(b []byte) []byte {
	out := make([]byte, 0, len(b)/2)
	high, half := byte(0), false
	for _, c := range b {
		var v byte
		switch {
		case isDigit(c):
			v = c - '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = c | 0x20 - 'a' + 10
		default:
			continue
		}
		if half {
			out = append(out, high<<4|v)
		}
		high, half = v, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return out
}

func (l *lexer) array(depth int) any {
	var a array
	for len(a) < maxElements {
		switch v := l.value(depth + 1).(type) {
		case end:
			return a
		case keyword:
			if v == "]" {
				return a
			}
			if v == "endobj" || v == ">>" {
				return a
			}
		default:
			a = append(a, v)
		}
	}
	return a
}

func (l *lexer) dict(depth int) any {
	d := dict{}
	for len(d) < maxElements {
		key := l.value(depth + 1)
		switch k := key.(type) {
		case end:
			return d
		case keyword:
			if k == ">>" || k == "endobj" || k == "stream" {
				return d
			}
		case name:
			before := l.in
			v := l.value(depth + 1)
			if w, ok := v.(keyword); ok {
				if w == ">>" { // a key without a value
					return d
				}
				v = nil
				if w == "endobj" || w == "stream" {
					l.in = before
					return d
				}
			}
			if _, ended := v.(end); ended {
				return d
			}
			d[string(k)] = v
		}
	}
	return d
}
