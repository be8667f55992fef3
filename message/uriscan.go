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
	idn   int // no name with letters beyond ASCII starts before
}

// uriMarks are a colon, an at-sign, and the full stops that divide a host name (RFC 3490 section 3.1).
var uriMarks = [...]string{":", ".", "@", "\u3002", "\uff0e", "\uff61"}

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
			case ":":
				start, end = s.scheme(at)
			case ".":
				start, end = s.host(at)
			case "@":
				start, end = s.mailbox(at)
			default:
				start, end = s.wideDot(at)
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
	if i := strings.Index(s.text[from:], uriMarks[mark]); i >= 0 {
		return from + i
	}
	return len(s.text)
}

// scheme looks at a colon. Like host and mailbox it returns where the URI starts and ends, or start == at if there is
// none, with end saying how far there is nothing to be found.
func (s *uriScanner) scheme(at int) (start, end int) {
	start = at
	if at+1 == len(s.text) || !isSlash(s.text[at+1]) && (at == 0 || s.text[at-1]|0x20 != 'o') {
		return at, at + 1 // neither slashes nor "mailto"
	}
	for start > s.pos && at-start < 8 && isAlnum(s.text[start-1]) {
		start--
	}
	name, slash := s.text[start:at], isSlash(s.text[at+1])
	web := webSchemeLen(name)
	switch {
	case web > 0 && slash: // also behind other letters: "clickhttp://"
		start = at - web
	case slash && strings.EqualFold(name, "ftp"):
	case strings.EqualFold(name, "mailto"):
	default:
		return at, at + 1
	}
	end = s.spelledDots(at+1, s.authorityEnd(at+1, s.uriEnd(at+1)))
	if len(strings.TrimLeft(s.text[at+1:end], `/\`)) < 3 {
		return at, at + 1
	}
	return start, end
}

// host looks at a dot.
func (s *uriScanner) host(at int) (start, end int) {
	const longest = 253
	start, end = at, at+1
	bracketed := at > s.pos && isBracketedDot(s.text[at-1:])
	if bracketed {
		start, end = at-1, at+2
	}
	if end == len(s.text) || !isHostByte(s.text[end]) && s.text[end] != '@' && s.text[end] < utf8.RuneSelf {
		return at, end // the end of a sentence
	}
	for start > s.pos && at-start < longest && isHostByte(s.text[start-1]) {
		start--
	}
	for end < len(s.text) && end-start < 2*longest {
		if n := len("[.]"); isBracketedDot(s.text[end:]) && end+n < len(s.text) && isHostByte(s.text[end+n]) {
			bracketed = true
			end += n
		}
		if !isHostByte(s.text[end]) {
			break
		}
		end++
	}
	if bracketed {
		return s.bracketedHost(at, start, end)
	}
	if end < len(s.text) && s.text[end] == '@' {
		return at, s.pos // a mailbox's local part; comes again with the at-sign
	}
	if start > s.pos && s.text[start-1] >= utf8.RuneSelf || end < len(s.text) && s.text[end] >= utf8.RuneSelf {
		if start, end, found := s.idnHost(at); found {
			return start, end
		}
	}
	name := strings.TrimRight(s.text[start:end], ".-_")
	trimmed := strings.TrimLeft(name, ".-_")
	begin := start + len(name) - len(trimmed)
	switch {
	case begin > at:
		return at, begin // dots before a name
	case begin < at && !s.partOfWord(begin) && looksLikeHost(trimmed) &&
		!looksLikeSentence(trimmed, s.text[begin+len(trimmed):]):
	case end < len(s.text) && s.text[end] == ':': // behind the last dot there may be a scheme
		return at, start + 1 + strings.LastIndexByte(s.text[start:end], '.')
	default:
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
	if strings.HasSuffix(s.text[:begin], "://") {
		return false // of a scheme that nobody knows: the reader mends it
	}
	if c := s.text[begin-1]; c < utf8.RuneSelf {
		return c == '@' || (c == '/' || c == '=') && !hasPrefixFold(s.text[begin:], "www")
	}
	r, _ := utf8.DecodeLastRuneInString(s.text[:begin])
	return unicode.IsLetter(r) && !isUnspaced(r)
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
	if startsWithWWW(s.text[start:end]) { // clients open a page: what precedes the at-sign is user information
		end = s.uriEnd(at + 1)
	}
	return start, end
}

// looksLikeSentence reports whether a name, which rest follows, is the end of one sentence and the start of the next:
// "finished.So". Those that begin with "www.", go on with a path or a port, or end in a top-level domain that is no
// word, are names whatever their case.
func looksLikeSentence(name, rest string) bool {
	dot := strings.LastIndexByte(name, '.')
	tld := name[dot+1:]
	if dot <= 0 || tld[0] < 'A' || tld[0] > 'Z' || tld[1] < 'a' && name[dot-1] < 'a' || startsWithWWW(name) {
		return false
	}
	if len(rest) > 1 && (rest[0] == '/' || rest[0] == ':' && rest[1] >= '0' && rest[1] <= '9') {
		return false
	}
	switch strings.ToLower(tld) {
	case "com", "org", "biz", "edu", "gov", "xyz", "icu":
		return false
	case "net", "info", "mil":
		return tld[1] >= 'a'
	case "ad", "ag", "ai", "al", "am", "as", "at", "au", "az", "be", "by", "ca", "co", "da", "de", "do",
		"eh", "el", "er", "es", "et", "eu", "ga", "gu", "he", "id", "ie", "il", "im", "in", "is", "it", "je",
		"la", "le", "lo", "ma", "md", "me", "mi", "mo", "mr", "ms", "mu", "my", "na", "ne", "no", "nu", "om",
		"pa", "pm", "pr", "ps", "py", "re", "sa", "se", "sh", "si", "so", "sr", "st", "su", "to", "tu", "tv",
		"uk", "us", "va", "ve", "vi", "ya", "ye", "yo", "yu", "za":
		return true // words and abbreviations in one language or another
	}
	return len(tld) > 2
}

// authorityEnd returns where a URI ends whose scheme's colon is before from: at end, unless its authority has something
// that is of the text around it: a comma or semicolon, or words and signs beyond ASCII right behind a top-level domain.
func (s *uriScanner) authorityEnd(from, end int) int {
	for from < end && isSlash(s.text[from]) {
		from++
	}
	authority := s.text[from : from+authorityLen(s.text[from:end])]
	if strings.IndexByte(authority, '@') < 0 {
		if i := strings.IndexAny(authority, ",;"); i > 0 {
			return from + i
		}
	}
	host := authority[1+strings.LastIndexByte(authority, '@'):]
	if isASCIIString(host) || isTopLevel(lastLabel(ASCIIDomain(host))) {
		return end
	}
	for i := 1; i < len(host); i++ {
		if host[i] >= utf8.RuneSelf && host[i-1] < utf8.RuneSelf && isTopLevel(strings.ToLower(lastLabel(host[:i]))) {
			return from + len(authority) - len(host) + i
		}
	}
	return end
}

// lastLabel returns the rest after the last dot of a host.
func lastLabel(host string) string { return host[1+strings.LastIndexByte(host, '.'):] }

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
			if isWideDot(r) {
				if n := s.wideHost(from, end); n > end {
					end = n
					continue
				}
			}
			if runeWidth(r) == widthSpace || unicode.IsPunct(r) && r != wideHyphen || isWideDot(r) || r == utf8.RuneError {
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
