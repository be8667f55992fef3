package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// uriScanner finds URIs in running text: with a scheme that mail clients make clickable, and without one if they are
// host names or addresses. It looks only at colons, dots and at-signs, since every URI has one of these early.
type uriScanner struct {
	text  string
	pos   int // everything before is done
	marks [len(uriMarks)]int
	ready bool
}

const uriMarks = ":.@"

// next returns the next URI as written.
func (s *uriScanner) next() (raw string, ok bool) {
	if !s.ready {
		s.ready = true
		for i := range s.marks {
			s.marks[i] = s.find(i, 0)
		}
	}
	for {
		which := 0
		for i := range s.marks {
			if s.marks[i] < s.marks[which] {
				which = i
			}
		}
		at := s.marks[which]
		if at == len(s.text) {
			return "", false
		}
		start, end := at, at
		if at >= s.pos {
			switch uriMarks[which] {
			case ':':
				start, end = s.scheme(at)
			case '.':
				start, end = s.host(at)
			case '@':
				start, end = s.mailbox(at)
			}
		}
		s.pos = max(s.pos, end)
		for i := range s.marks {
			if s.marks[i] < s.pos || s.marks[i] == at {
				s.marks[i] = s.find(i, max(s.pos, at+1))
			}
		}
		if start < at && end > at {
			return s.text[start:end], true
		}
	}
}

// find returns where the mark next occurs, len(text) if it does not.
func (s *uriScanner) find(mark, from int) int {
	if from >= len(s.text) {
		return len(s.text)
	}
	if i := strings.IndexByte(s.text[from:], uriMarks[mark]); i >= 0 {
		return from + i
	}
	return len(s.text)
}

// scheme looks at a colon. Like host and mailbox it returns where the URI starts and ends, or start == at if there is
// none, with end saying how far there is nothing to be found.
func (s *uriScanner) scheme(at int) (start, end int) {
	start = at
	if at+1 == len(s.text) || s.text[at+1] != '/' && s.text[at+1] != '\\' && (at == 0 || s.text[at-1]|0x20 != 'o') {
		return at, at + 1 // neither slashes nor "mailto"
	}
	for start > s.pos && at-start < 8 && isAlnum(s.text[start-1]) {
		start--
	}
	name, rest := s.text[start:at], s.text[at+1:]
	switch {
	case strings.EqualFold(name, "http"), strings.EqualFold(name, "https"), strings.EqualFold(name, "ftp"):
		if rest == "" || rest[0] != '/' && rest[0] != '\\' {
			return at, at + 1
		}
	case strings.EqualFold(name, "mailto"):
	default:
		return at, at + 1
	}
	end = s.uriEnd(at + 1)
	if len(strings.TrimLeft(s.text[at+1:end], `/\`)) < 3 {
		return at, at + 1
	}
	return start, end
}

// host looks at a dot.
func (s *uriScanner) host(at int) (start, end int) {
	const longest = 253
	start, end = at, at+1
	if end == len(s.text) || !isHostByte(s.text[end]) && s.text[end] != '@' {
		return at, end // the end of a sentence
	}
	for start > s.pos && at-start < longest && isHostByte(s.text[start-1]) {
		start--
	}
	for end < len(s.text) && end-start < 2*longest && isHostByte(s.text[end]) {
		end++
	}
	if end < len(s.text) && s.text[end] == '@' {
		return at, s.pos // a mailbox's local part; comes again with the at-sign
	}
	name := strings.TrimRight(s.text[start:end], ".-_")
	trimmed := strings.TrimLeft(name, ".-_")
	begin := start + len(name) - len(trimmed)
	if begin >= at || s.partOfWord(begin) || !looksLikeHost(trimmed) || looksLikeSentence(trimmed) {
		return at, end
	}
	end = begin + len(trimmed)
	if end < len(s.text) && strings.IndexByte(`:/?#\`, s.text[end]) >= 0 {
		end = s.uriEnd(end)
	}
	return begin, end
}

// partOfWord reports whether the name that starts at begin is the end of something longer.
func (s *uriScanner) partOfWord(begin int) bool {
	if begin == 0 {
		return false
	}
	if c := s.text[begin-1]; c < utf8.RuneSelf {
		return c == '@' || c == '/' || c == '='
	}
	r, _ := utf8.DecodeLastRuneInString(s.text[:begin])
	return unicode.IsLetter(r)
}

// mailbox looks at an at-sign.
func (s *uriScanner) mailbox(at int) (start, end int) {
	start, end = at, at+1
	for start > s.pos && at-start < 64 && (isAlnum(s.text[start-1]) || strings.IndexByte("._%+-=", s.text[start-1]) >= 0) {
		start--
	}
	for end < len(s.text) && end-at < 254 && isHostByte(s.text[end]) {
		end++
	}
	for end > at+1 && strings.IndexByte(".-_", s.text[end-1]) >= 0 {
		end--
	}
	if start == at || !looksLikeHost(s.text[at+1:end]) {
		return at, at + 1
	}
	return start, end
}

// looksLikeSentence reports whether a name is the end of one sentence and the start of the next: "finished.So".
func looksLikeSentence(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	tld := name[dot+1:]
	return dot > 0 && tld[0] >= 'A' && tld[0] <= 'Z' && (tld[1] >= 'a' || name[dot-1] >= 'a')
}

// uriEnd returns where the URI ends that has its first character before from: at white space or a delimiter, and before
// punctuation that belongs to the text around it.
func (s *uriScanner) uriEnd(from int) int {
	end := from
	parens := 0
scan:
	for end < len(s.text) && end-from < maxURILen {
		c := s.text[end]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s.text[end:])
			if runeWidth(r) == widthSpace || unicode.IsPunct(r) || r == utf8.RuneError {
				break
			}
			end += size
			continue
		}
		switch {
		case isHostByte(c) || c == '/':
		case c <= ' ' || c == 0x7f || strings.IndexByte("<>\"`{}|^", c) >= 0:
			break scan
		case c == '(':
			parens++
		case c == ')':
			if parens--; parens < 0 {
				break scan
			}
		}
		end++
	}
	for end > from && strings.IndexByte(".,;:!?'*]~_", s.text[end-1]) >= 0 {
		end--
	}
	return end
}
