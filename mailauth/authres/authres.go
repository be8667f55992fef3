// Package authres reads Authentication-Results header fields (RFC 8601, section 2.2).
//
// It reads a field in two ways. The results of a trusted filter are read strictly, with comments and quoted strings,
// since a filter repeats words of the sender's. The claim to be the site's own field is read generously, since later
// readers may be generous, too.
package authres

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"asterism/message"
)

// Result is the result of one method.
type Result struct {
	Method  string            // in lower case, without its version
	Value   string            // in lower case
	Reason  string            // the value of reason=
	Params  map[string]string // by type and name in lower case, such as "header.d"
	Comment string            // the first comment
}

// Parse returns the authserv-id of a field's value, in lower case, and its results. It is not ok for a value that is no
// Authentication-Results field, or one of another version than 1.
func Parse(value string) (id string, results []Result, ok bool) {
	parts, ok := split(value)
	if !ok || len(parts) == 0 {
		return "", nil, false
	}
	head := parts[0].words
	if len(head) == 0 || len(head) > 2 || len(head) == 2 && head[1] != "1" {
		return "", nil, false
	}
	for _, p := range parts[1:] {
		if r, ok := p.result(); ok {
			results = append(results, r)
		}
	}
	return message.ASCIIDomain(head[0]), results, true
}

// part is what stands between two semicolons.
type part struct {
	words   []string // quoted strings without their quotes
	comment string   // the first one
}

// result reads a part as the result of a method. Blanks and comments may stand on both sides of "=".
func (p part) result() (r Result, ok bool) {
	for i := 0; i < len(p.words); i++ {
		key, value, found := strings.Cut(p.words[i], "=")
		if !found && i+1 < len(p.words) && strings.HasPrefix(p.words[i+1], "=") {
			i++
			value, found = p.words[i][1:], true
		}
		if found && value == "" && i+1 < len(p.words) && !strings.Contains(p.words[i+1], "=") {
			i++
			value = p.words[i]
		}
		key = strings.ToLower(key)
		switch {
		case !found && r.Method == "":
			return r, false // "none", or nonsense
		case !found:
		case r.Method == "":
			r.Method, _, _ = strings.Cut(key, "/")
			r.Value = strings.ToLower(value)
		case key == "reason":
			r.Reason = value
		default:
			if r.Params == nil {
				r.Params = make(map[string]string)
			}
			if _, twice := r.Params[key]; !twice {
				r.Params[key] = value
			}
		}
	}
	r.Comment = p.comment
	return r, r.Method != "" && r.Value != ""
}

// maxParts is how many results are read.
const maxParts = 100

// split divides a value at its semicolons. It is not ok if a comment or a quoted string does not end.
func split(value string) (parts []part, ok bool) {
	var p part
	var word strings.Builder
	inWord := false
	endWord := func() {
		if inWord {
			p.words = append(p.words, word.String())
			word.Reset()
			inWord = false
		}
	}
	for i := 0; i < len(value) && len(parts) < maxParts; {
		switch c := value[i]; c {
		case ' ', '\t', '\r', '\n':
			endWord()
			i++
		case ';':
			endWord()
			parts = append(parts, p)
			p = part{}
			i++
		case '(':
			endWord()
			n := message.CommentLen(value[i:])
			if n == 0 {
				return nil, false
			}
			if p.comment == "" {
				p.comment = value[i+1 : i+n-1]
			}
			i += n
		case '"':
			text, n := quoted(value[i:])
			if n == 0 {
				return nil, false
			}
			word.WriteString(text)
			inWord = true
			i += n
		default:
			word.WriteByte(c)
			inWord = true
			i++
		}
	}
	endWord()
	return append(parts, p), true
}

// quoted returns the text of the quoted string at the start of s and its length, 0 if it does not end.
func quoted(s string) (text string, n int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i + 1
		case '\\':
			if i++; i == len(s) {
				return "", 0
			}
		}
		b.WriteByte(s[i])
	}
	return "", 0
}

// Claims reports whether some reader could take the value of a field for one in the name of an authserv-id: whatever
// comments, quotes, blanks, control characters and final dots stand around the name, in any case, with a version behind
// it or not.
func Claims(value, id string) bool {
	id = message.ASCIIDomain(strings.TrimRight(id, "."))
	return id != "" && (firstName(value, true) == id || firstName(value, false) == id)
}

// firstName returns the first name in a value. A comment ends a name, or is as if it were not there.
func firstName(value string, commentEnds bool) string {
	var b strings.Builder
	unclosed := false
	for i := 0; i < len(value); {
		r, n := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == '(':
			if !unclosed {
				n = message.CommentLen(value[i:])
			}
			if unclosed = n == 0 || unclosed; unclosed {
				n = 1
			}
			if commentEnds && b.Len() > 0 {
				return ownName(b.String())
			}
		case r == '"' || r == '\\':
		case isNameRune(r, n):
			b.WriteString(value[i : i+n])
		case b.Len() > 0 && !isNothing(r):
			return ownName(b.String())
		}
		i += n
	}
	return ownName(b.String())
}

func ownName(s string) string { return message.ASCIIDomain(strings.TrimRight(s, ".")) }

// isNameRune reports whether a rune of n bytes may be part of a host's name.
func isNameRune(r rune, n int) bool {
	if r < utf8.RuneSelf {
		return r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
	}
	return !(r == utf8.RuneError && n == 1) && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r))
}

// isNothing reports whether a rune is one that readers leave out or that shows nothing: it does not end a name.
func isNothing(r rune) bool {
	return r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != '\v' && r != '\f' || r == 0x7f ||
		unicode.Is(unicode.Cf, r)
}
