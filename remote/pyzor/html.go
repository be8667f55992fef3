package pyzor

import (
	"html"
	"strings"
	"unicode/utf8"
)

// readHTML returns the text between the tags as Pyzor's client reads it: pieces of text, trimmed and joined by
// blanks, without scripts and style sheets. That client uses Python's HTMLParser and never tells it that the text has
// ended, so that an unfinished tag at the end, and all behind it, is left out. A real HTML parser reads other text in
// broken HTML, and would make other digests.
func readHTML(s string) string {
	r := &htmlReader{s: s}
	r.read()
	return strings.Join(r.pieces, " ")
}

type htmlReader struct {
	s      string
	pieces []string
	raw    string // "script" or "style" while in one
	hidden bool   // pieces are left out
}

// unfinished is what the readers of markup return when it does not end.
const unfinished = -1

func (r *htmlReader) read() {
	for i := 0; i < len(r.s); {
		end := r.textEnd(i)
		if end < 0 {
			return
		}
		if end > i {
			text := r.s[i:end]
			if r.raw == "" {
				text = html.UnescapeString(text)
			}
			r.text(text)
		}
		if i = end; i == len(r.s) {
			return
		}
		if i = r.markup(i); i == unfinished {
			return
		}
	}
}

// textEnd returns where the text at i ends, unfinished if it cannot be known yet.
func (r *htmlReader) textEnd(i int) int {
	if r.raw != "" {
		// In a script only "</" counts.
		if j := strings.Index(r.s[i:], "</"); j >= 0 {
			return i + j
		}
		return unfinished
	}
	if j := strings.IndexByte(r.s[i:], '<'); j >= 0 {
		return i + j
	}
	// A character reference near the end may go on in what the parser still expects: the text waits for it.
	tail := r.s[i:]
	from := len(tail)
	for n := 0; n < 34 && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(tail[:from])
		from -= size
	}
	if amp := strings.LastIndexByte(tail[from:], '&'); amp >= 0 {
		rest := tail[from+amp:]
		if !strings.ContainsRune(rest, ';') && strings.IndexFunc(rest, isSpace) < 0 {
			return unfinished
		}
	}
	return len(r.s)
}

func (r *htmlReader) text(t string) {
	if t = strings.TrimFunc(t, isSpace); t != "" && !r.hidden {
		r.pieces = append(r.pieces, t)
	}
}

// markup reads what begins with the "<" at i and returns where it ends.
func (r *htmlReader) markup(i int) int {
	rest := r.s[i:]
	switch {
	case len(rest) > 1 && isLetter(rest[1]):
		return r.startTag(i)
	case strings.HasPrefix(rest, "</"):
		return r.endTag(i)
	case strings.HasPrefix(rest, "<!--"):
		return commentEnd(r.s, i+4)
	case strings.HasPrefix(rest, "<!["):
		return sectionEnd(r.s, i)
	case strings.HasPrefix(rest, "<?"), strings.HasPrefix(rest, "<!"):
		return after(r.s, ">", i+2)
	case len(rest) > 1:
		r.text("<")
		return i + 1
	}
	return unfinished
}

// after returns the end of the first end in s from i on.
func after(s, end string, i int) int {
	if i <= len(s) {
		if j := strings.Index(s[i:], end); j >= 0 {
			return i + j + len(end)
		}
	}
	return unfinished
}

// commentEnd finds "--" and ">", with white space between them.
func commentEnd(s string, i int) int {
	for {
		if i = after(s, "--", i); i == unfinished {
			return unfinished
		}
		if rest := strings.TrimLeftFunc(s[i:], isSpace); strings.HasPrefix(rest, ">") {
			return len(s) - len(rest) + 1
		}
		i-- // "--->": the second hyphen may be the first of the pair
	}
}

// sectionEnd reads a marked section: <![CDATA[…]]>, or <![if …]> of Microsoft's.
func sectionEnd(s string, i int) int {
	name, j := declName(s, i+3)
	switch {
	case j < 0:
		return unfinished
	case sgmlSections[name]:
		return closing(s, i+3, "]", "]", ">")
	case msSections[name]:
		return closing(s, i+3, "]", ">")
	}
	return unfinished
}

var (
	sgmlSections = map[string]bool{"temp": true, "cdata": true, "ignore": true, "include": true, "rcdata": true}
	msSections   = map[string]bool{"if": true, "else": true, "endif": true}
)

// declName reads a name and the white space behind it.
func declName(s string, i int) (string, int) {
	j := i
	for j < len(s) && (isLetter(s[j]) || j > i && (s[j] >= '0' && s[j] <= '9' || strings.IndexByte("-_.", s[j]) >= 0)) {
		j++
	}
	if j == i || j == len(s) {
		return "", unfinished
	}
	return strings.ToLower(s[i:j]), j
}

// closing returns the end of the first sequence of the given marks, with white space between them.
func closing(s string, i int, marks ...string) int {
	for ; i < len(s); i++ {
		rest, ok := s[i:], true
		for n, mark := range marks {
			if n > 0 {
				rest = strings.TrimLeftFunc(rest, isSpace)
			}
			if rest, ok = strings.CutPrefix(rest, mark); !ok {
				break
			}
		}
		if ok {
			return len(s) - len(rest)
		}
	}
	return unfinished
}

func (r *htmlReader) startTag(i int) int {
	end := tagEnd(r.s, i)
	if end == unfinished {
		return unfinished
	}
	tag := r.s[i:end]
	if !strings.HasSuffix(tag, ">") {
		r.text(tag) // not a tag after all
		return end
	}
	name := strings.ToLower(tagName(r.s, i+1))
	if name == "script" || name == "style" {
		r.hidden = true
		if strings.HasSuffix(tag, "/>") {
			r.hidden = false
		} else {
			r.raw = name
		}
	}
	return end
}

func (r *htmlReader) endTag(i int) int {
	end := after(r.s, ">", i+1)
	if end == unfinished {
		return unfinished
	}
	name, exact := endName(r.s[i+2 : end-1])
	if r.raw != "" {
		if !exact || name != r.raw {
			r.text(r.s[i:end])
			return end
		}
		r.raw = ""
	}
	if name == "script" || name == "style" {
		r.hidden = false
	}
	return end
}

// endName returns the name in an end tag, and whether there is nothing but the name.
func endName(s string) (name string, exact bool) {
	trimmed := strings.TrimFunc(s, isSpace)
	for i := 0; i < len(trimmed); i++ {
		c := trimmed[i]
		if isLetter(c) || i > 0 && (c >= '0' && c <= '9' || strings.IndexByte("-._:", c) >= 0) {
			continue
		}
		return strings.ToLower(tagName(s, 0)), false
	}
	return strings.ToLower(trimmed), trimmed != ""
}

// tagName returns the tag's name at i.
func tagName(s string, i int) string {
	j := i
	for j < len(s) && strings.IndexByte("\t\n\r\f />\x00", s[j]) < 0 {
		j++
	}
	return s[i:j]
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// tagEnd returns where the start tag at i ends. What breaks off a tag before its ">" leaves it unfinished if more could
// follow, or ends it there, to be read as text.
func tagEnd(s string, i int) int {
	j := i + 1 + len(tagName(s, i+1))
	j = skipBlanks(s, j, true)
	for j < len(s) && attributeMayStart(s, j) {
		j = attributeEnd(s, j)
	}
	j = skipBlanks(s, j, false)
	switch {
	case j == len(s):
		return unfinished
	case s[j] == '>':
		return j + 1
	case s[j] == '/':
		if strings.HasPrefix(s[j:], "/>") {
			return j + 2
		}
		return unfinished
	case isLetter(s[j]) || s[j] == '=':
		return unfinished
	}
	return j
}

// skipBlanks skips white space, and slashes too if wanted.
func skipBlanks(s string, j int, slashes bool) int {
	for j < len(s) {
		c, size := utf8.DecodeRuneInString(s[j:])
		if !isSpace(c) && (!slashes || c != '/') {
			break
		}
		j += size
	}
	return j
}

// attributeMayStart reports whether an attribute's name begins at j: something other than "/" and ">", behind a blank,
// a slash or a quote.
func attributeMayStart(s string, j int) bool {
	if s[j] == '>' || s[j] == '/' {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:j])
	here, _ := utf8.DecodeRuneInString(s[j:])
	return (isSpace(before) || strings.ContainsRune(`'"/`, before)) && !isSpace(here)
}

// attributeEnd reads an attribute, its value if it has one, and what separates it from the next.
func attributeEnd(s string, j int) int {
	_, size := utf8.DecodeRuneInString(s[j:])
	j += size
	for j < len(s) {
		c, size := utf8.DecodeRuneInString(s[j:])
		if isSpace(c) || strings.ContainsRune("/=>", c) {
			break
		}
		j += size
	}
	if k := skipBlanks(s, j, false); k < len(s) && s[k] == '=' {
		for k < len(s) && s[k] == '=' {
			k++
		}
		if end := valueEnd(s, skipBlanks(s, k, false)); end >= 0 {
			j = skipBlanks(s, end, false)
		}
	}
	for {
		j = skipBlanks(s, j, false)
		if j+1 >= len(s) || s[j] != '/' || s[j+1] == '>' {
			return j
		}
		j++
	}
}

// valueEnd returns where the value at j ends, or unfinished if its closing quote is missing.
func valueEnd(s string, j int) int {
	if j == len(s) {
		return j
	}
	if q := s[j]; q == '\'' || q == '"' {
		return after(s, string(rune(q)), j+1)
	}
	for j < len(s) {
		c, size := utf8.DecodeRuneInString(s[j:])
		if c == '>' || isSpace(c) {
			break
		}
		j += size
	}
	return j
}
