// Package envelope reads the addresses of SMTP's MAIL and RCPT commands, in all spellings of a mailbox (RFC 5321,
// section 4.1.2 and appendix C).
package envelope

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Mailbox returns the plain form of an address: without angle brackets, source route, quotes, backslashes, comments and
// blanks between words, its domain in lower case, without a final dot. Letters of the local part keep their case. The
// local part ends before the last @, and may contain quoted ones.
func Mailbox(path string) string {
	path = strings.TrimSpace(path)
	if inner, ok := strings.CutPrefix(path, "<"); ok {
		path = strings.TrimSpace(strings.TrimSuffix(inner, ">"))
	}
	if isPlain(path) {
		return path
	}
	text, at := unquote(withoutRoute(path))
	if at < 0 {
		return text
	}
	return text[:at] + "@" + plainDomain(text[at+1:])
}

// Key returns the form by which addresses compare: the plain form with its domain in ASCII.
func Key(path string) string {
	plain := Mailbox(path)
	if at := strings.LastIndexByte(plain, '@'); at >= 0 {
		return plain[:at] + "@" + Domain(plain[at+1:])
	}
	return plain
}

// withoutRoute returns the rest after a source route, as in "@one.example,@two.example:bob@example.org". A literal
// address in a route may hold colons.
func withoutRoute(path string) string {
	if !strings.HasPrefix(path, "@") {
		return path
	}
	literal := false
	for i := range len(path) {
		switch path[i] {
		case '[', ']':
			literal = path[i] == '['
		case '"':
			return path // no route has quotes
		case ':':
			if !literal {
				return strings.TrimLeft(path[i+1:], " \t")
			}
		}
	}
	return path
}

// Domain returns the form by which domains compare: in lower case and ASCII (RFC 5891), without blanks around it and
// a final dot.
func Domain(name string) string {
	name = plainDomain(name)
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			if ascii, err := idna.Lookup.ToASCII(name); err == nil {
				return ascii
			}
			break
		}
	}
	return name
}

func plainDomain(name string) string {
	name = strings.TrimLeftFunc(name, unicode.IsSpace)
	return strings.ToLower(strings.TrimRightFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }))
}

// isPlain reports whether an address is in its plain form, as nearly all are.
func isPlain(s string) bool {
	at := -1
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@' && at >= 0, c <= ' ', c >= utf8.RuneSelf, c == '"', c == '\\', c == '(', c == ')', c == ':', c == ',',
			c == '<', c == '>':
			return false
		case c == '@':
			at = i
		case at >= 0 && c >= 'A' && c <= 'Z':
			return false
		}
	}
	return at > 0 && at+1 < len(s) && s[len(s)-1] != '.' || at < 0
}

// unquote returns an address without quotes, backslashes, comments and blanks, and where its last @ outside of them
// is, -1 if nowhere.
func unquote(s string) (text string, at int) {
	var b strings.Builder
	quoted, depth := false, 0
	at = -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			if depth == 0 {
				b.WriteByte(s[i])
			}
		case depth > 0:
			switch c {
			case '(':
				depth++
			case ')':
				depth--
			}
		case c == '"':
			quoted = !quoted
		case quoted:
			b.WriteByte(c)
		case c == '(':
			depth++
		case c == ' ' || c == '\t' || c == '<' || c == '>':
		default:
			if c == '@' {
				at = b.Len()
			}
			b.WriteByte(c)
		}
	}
	return b.String(), at
}

// Same reports whether two addresses are spellings of one mailbox. Local parts compare without regard to case, as all
// mail servers of today do.
func Same(a, b string) bool { return strings.EqualFold(Key(a), Key(b)) }
