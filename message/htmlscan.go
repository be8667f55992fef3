package message

import (
	"io"
	"strings"

	"golang.org/x/net/html"
)

// htmlScanner divides a document into tokens as golang.org/x/net/html does, except for self-closing tags, which it
// takes for start tags. Text and tags, of which a document mostly consists, it reads itself, as the library makes a
// copy and an entry in a map of each attribute. What is harder to read is left to the library: comments, declarations,
// and elements whose content is no HTML.
type htmlScanner struct {
	source     string
	start, end int // the token is source[start:end]
	tag        htmlTag
	text       string // of a text token, with references resolved

	library *html.Tokenizer // made when it is first needed
	given   int             // where in the source the library reads on
	ahead   bool            // it reads the next token as well
}

// next goes to the next token. It returns html.ErrorToken at the end, and before a tag that has no end.
func (s *htmlScanner) next() html.TokenType {
	s.start = s.end
	rest := s.source[s.start:]
	switch {
	case s.ahead:
		return s.ask()
	case rest == "":
		return html.ErrorToken
	case !isMarkup(rest):
		s.end += textLen(rest)
		s.text = resolve(rest[:s.end-s.start])
		return html.TextToken
	case isLetter(rest[1]):
		return s.cutTag(html.StartTagToken, len("<"))
	case rest[1] == '/' && len(rest) > 2 && isLetter(rest[2]):
		return s.cutTag(html.EndTagToken, len("</"))
	}
	return s.ask()
}

// cutTag goes to a tag, whose name begins that many bytes behind the end of the last token.
func (s *htmlScanner) cutTag(kind html.TokenType, name int) html.TokenType {
	n := s.tag.read(s.source[s.start+name:])
	switch {
	case n < 0:
		return html.ErrorToken
	case kind == html.StartTagToken && s.tag.isRaw():
		return s.ask()
	}
	s.end += name + n
	return kind
}

// ask has the library read a token.
func (s *htmlScanner) ask() html.TokenType {
	if s.library == nil {
		s.library = html.NewTokenizer(s)
	}
	if !s.ahead {
		s.given = s.start
	}
	kind := s.library.Next()
	s.end = s.start + len(s.library.Raw())
	s.ahead = len(s.library.Buffered()) > 0
	switch kind {
	case html.TextToken:
		s.text = s.source[s.start:s.end]
		if text := s.library.Text(); string(text) != s.text {
			s.text = string(text)
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		kind = html.StartTagToken
		s.tag.read(s.source[s.start+len("<") : s.end])
		if s.tag.isRaw() {
			s.ahead = true
		} else {
			s.library.NextIsNotRawText() // as clients that run no scripts show what is in <noscript>
		}
	case html.EndTagToken:
		s.tag.read(s.source[s.start+len("</") : s.end])
	}
	return kind
}

// Read passes the source to the library up to the next ">", where a token mostly ends. It passes more and more of a
// longer token, because the library copies the token so far at each read.
func (s *htmlScanner) Read(b []byte) (int, error) {
	rest := s.source[s.given:]
	if rest == "" {
		return 0, io.EOF
	}
	if end := strings.IndexByte(rest, '>'); end >= 0 {
		rest = rest[:min(len(rest), max(end+1, s.given-s.start))]
	}
	n := copy(b, rest)
	s.given += n
	return n, nil
}

// isMarkup reports whether something other than text begins with s.
func isMarkup(s string) bool {
	return s[0] == '<' && len(s) > 1 && (isLetter(s[1]) || s[1] == '/' || s[1] == '!' || s[1] == '?')
}

// textLen returns the length of the text that s begins with.
func textLen(s string) int {
	for i := 1; ; i++ {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			return len(s)
		}
		if i += n; isMarkup(s[i:]) {
			return i
		}
	}
}

// resolve returns a text with its references resolved and its line ends as LF.
func resolve(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return s
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

// htmlTag is a start or end tag. It is used again for the next.
type htmlTag struct {
	name       []byte // in lower case
	attributes []attribute
}

// attribute is an attribute of a tag as written, without the quotes of its value.
type attribute struct {
	name, value string
}

// read reads the tag whose name s begins with, and returns where it ends, behind its ">"; -1 if it does not.
func (t *htmlTag) read(s string) int {
	i := 0
	for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '/' && s[i] != '>' {
		i++
	}
	t.name = appendLower(t.name[:0], s[:i])
	t.attributes = t.attributes[:0]
	for {
		for i < len(s) && (isHTMLSpace(s[i]) || s[i] == '/') {
			i++
		}
		if i == len(s) {
			return -1
		}
		if s[i] == '>' {
			return i + 1
		}
		var a attribute
		var n int
		if a, n = cutAttribute(s[i:]); n < 0 {
			return -1
		}
		t.attributes = append(t.attributes, a)
		i += n
	}
}

// cutAttribute returns the attribute that s begins with and its length, -1 if its value does not end.
func cutAttribute(s string) (a attribute, n int) {
	i := 1 // an equals sign at the start is part of the name
	for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '/' && s[i] != '>' && s[i] != '=' {
		i++
	}
	a.name = s[:i]
	n = i
	i = skipHTMLSpace(s, i)
	if i == len(s) || s[i] != '=' {
		return a, n
	}
	i = skipHTMLSpace(s, i+1)
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		end := strings.IndexByte(s[i+1:], s[i])
		if end < 0 {
			return a, -1
		}
		a.value = s[i+1:][:end]
		return a, i + end + 2
	}
	start := i
	for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '>' {
		i++
	}
	a.value = s[start:i]
	return a, i
}

func skipHTMLSpace(s string, i int) int {
	for i < len(s) && isHTMLSpace(s[i]) {
		i++
	}
	return i
}

// isRaw reports whether what follows a start tag is not HTML, up to the end tag or, after <plaintext>, to the end.
func (t *htmlTag) isRaw() bool {
	switch string(t.name) {
	case "iframe", "plaintext", "script", "style", "textarea", "title", "xmp":
		return true
	}
	return false
}

// appendLower appends s with its ASCII letters in lower case.
func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
