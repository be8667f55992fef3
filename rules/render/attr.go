package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attribute is one attribute of a start tag.
type attribute struct {
	key   string
	value string
}

// attributeKey returns the name of a relevant attribute in lower case.
func attributeKey(name string) string {
	var space [16]byte
	if len(name) > len(space) {
		return ""
	}
	switch string(appendLower(space[:0], name)) {
	case "size":
		return "size"
	case "face":
		return "face"
	case "color":
		return "color"
	case "text":
		return "text"
	case "style":
		return "style"
	case "src":
		return "src"
	case "action":
		return "action"
	case "formaction":
		return "formaction"
	case "content":
		return "content"
	case "width":
		return "width"
	case "height":
		return "height"
	}
	return ""
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// cutTagName returns the name of a tag, which s starts with, in lower case, and the rest.
func cutTagName(s string) (name, rest string) {
	n := 0
	for n < len(s) && !isSpace(s[n]) && s[n] != '/' && s[n] != '>' {
		n++
	}
	name, rest = s[:n], s[n:]
	if a := lookup(name); a != 0 {
		return a.String(), rest
	}
	return strings.ToLower(strings.ReplaceAll(name, "\x00", "\uFFFD")), rest
}

// lookup returns the atom of a name, whatever its case; 0 if it has none.
func lookup(name string) atom.Atom {
	var space [24]byte
	if len(name) > len(space) {
		return 0
	}
	return atom.Lookup(appendLower(space[:0], name))
}

// appendAttributes appends those attributes that matter, of the text of a start tag after its name. Of several with
// one name the first counts.
func appendAttributes(attrs []attribute, s string) []attribute {
next:
	for {
		i := 0
		for i < len(s) && (isSpace(s[i]) || s[i] == '/') {
			i++
		}
		if i == len(s) || s[i] == '>' {
			return attrs
		}
		start := i
		i++ // an equals sign at the start is part of the name
		for i < len(s) && !isSpace(s[i]) && s[i] != '/' && s[i] != '>' && s[i] != '=' {
			i++
		}
		key := attributeKey(s[start:i])
		s = s[i:]
		value := ""
		if v := skipSpace(s); v != "" && v[0] == '=' {
			value, s = cutValue(skipSpace(v[1:]))
		}
		if key == "" {
			continue
		}
		for i := range attrs {
			if attrs[i].key == key {
				continue next
			}
		}
		attrs = append(attrs, attribute{key, plain(value)})
	}
}

// cutValue reads the value, quoted or not, at the start of s.
func cutValue(s string) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : 1+end], s[2+end:]
		}
		return s[1:], ""
	}
	n := 0
	for n < len(s) && !isSpace(s[n]) && s[n] != '>' {
		n++
	}
	return s[:n], s[n:]
}

// plain returns a value with its references resolved, its line ends LF, and without NUL.
func plain(value string) string {
	for i := range len(value) {
		if c := value[i]; c == 0 || c == '\r' || c == '&' {
			value = strings.ReplaceAll(value, "\x00", "\uFFFD")
			value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
			return html.UnescapeString(value)
		}
	}
	return value
}

func skipSpace(s string) string {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return s[i:]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
