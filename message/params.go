package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxParamsLen is how much of a field with parameters is read, in octets.
const maxParamsLen = 64 << 10

// parseParams reads the value of a Content-Type or Content-Disposition field: the part before the first semicolon in
// lower case, and the parameters (RFC 2045 section 5.1). Broken parameters are read as far as they go; the first of
// several with one name counts. RFC 2231's charsets and continuations are undone; they win over plain parameters (RFC
// 6266 section 4.3 says so, and clients do).
func parseParams(value string) (head string, params map[string]string) {
	head, list := readParams(value)
	if len(list) == 0 {
		return head, nil
	}
	params = make(map[string]string, 2)
	var extended []segment
	for _, p := range list {
		if strings.IndexByte(p.name, '*') >= 0 {
			extended = append(extended, newSegment(p.name, p.value))
		} else if _, ok := params[p.name]; !ok {
			params[p.name] = p.value
		}
	}
	for len(extended) > 0 {
		var of []segment
		of, extended = cutSegments(extended)
		if name := of[0].name; name != "" {
			params[name] = joinSegments(of)
		}
	}
	return head, params
}

// param is a parameter as written, its name in lower case. Tail is the text after a quoted value, up to a
// semicolon.
type param struct {
	name, value, tail string
}

// readParams reads a field's value into the part before its parameters, in lower case, and these.
func readParams(value string) (head string, list []param) {
	r := paramReader{text: value[:min(len(value), maxParamsLen)]}
	head, after := cutHead(r.token(";"))
	if after != "" {
		r = paramReader{text: after + r.rest()}
	}
	for r.rest() != "" {
		var p param
		start := r.pos
		r.skip("; \t")
		divided := strings.IndexByte(r.text[start:r.pos], ';') >= 0
		if n := len(list); n > 0 && !divided && strings.HasPrefix(r.rest(), `"`) {
			list[n-1].tail += r.value()
			continue
		}
		p.name = strings.TrimSpace(r.token(";="))
		if strings.HasPrefix(r.rest(), "=") {
			r.pos++
			p.value = r.value()
		} else if n := len(list); n > 0 && !divided {
			list[n-1].tail += p.name
			continue
		}
		if p.name != "" {
			p.name = strings.ToLower(p.name)
			list = append(list, p)
		}
	}
	return head, list
}

// cutHead returns the media type or disposition at the start of s in lower case, and the rest, where a sender
// forgot the semicolon or wrote another mark. White space around the slash is RFC 822's old syntax.
func cutHead(s string) (head, after string) {
	const marks = " \t,:\""
	s = strings.Trim(s, marks)
	if strings.ContainsAny(s, marks) {
		if major, minor, ok := strings.Cut(s, "/"); ok {
			s = strings.TrimRight(major, " \t") + "/" + strings.TrimLeft(minor, " \t")
		}
		if i := strings.IndexAny(s, marks); i >= 0 {
			s, after = s[:i], strings.TrimLeft(s[i:], marks)
		}
	}
	return strings.ToLower(s), after
}

// paramReader reads a field with parameters from left to right.
type paramReader struct {
	text string
	pos  int
	ends closings
}

// rest returns what is still to be read.
func (r *paramReader) rest() string { return r.text[r.pos:] }

// skip goes behind some bytes.
func (r *paramReader) skip(bytes string) {
	for r.pos < len(r.text) && strings.IndexByte(bytes, r.text[r.pos]) >= 0 {
		r.pos++
	}
}

// token reads up to the first of the stop bytes, and leaves out comments in parentheses.
func (r *paramReader) token(stops string) string {
	var kept []byte // before the last comment
	start := r.pos
	for ; r.pos < len(r.text); r.pos++ {
		c := r.text[r.pos]
		if strings.IndexByte(stops, c) >= 0 {
			break
		}
		if c != '(' {
			continue
		}
		if end := r.ends.comment(r.text, r.pos); end > 0 {
			kept = append(kept, r.text[start:r.pos]...)
			start, r.pos = end, end-1
		}
	}
	if kept == nil {
		return r.text[start:r.pos]
	}
	return string(append(kept, r.text[start:r.pos]...))
}

// value reads a parameter's value, quoted or not.
func (r *paramReader) value() string {
	r.skip(" \t")
	// Senders forget the quotes: white space does not end the value, a semicolon does.
	if r.pos == len(r.text) || r.text[r.pos] != '"' {
		start := r.pos
		value := r.token(";")
		if end := missedSemicolon(r.text[start:r.pos]); end > 0 {
			r.pos = start + end
			value = r.text[start:r.pos]
		}
		return strings.TrimSpace(value)
	}
	r.pos++
	s := r.rest()
	end := strings.IndexByte(s, '"')
	if end < 0 { // the closing quote is missing
		return strings.TrimSpace(r.token(";"))
	}
	if strings.IndexByte(s[:end], '\\') < 0 {
		r.pos += end + 1
		return s[:end]
	}
	value, rest := unquote(s)
	r.pos = len(r.text) - len(rest)
	return value
}

// missedSemicolon returns where another parameter begins in a value without quotes, 0 if none does.
func missedSemicolon(value string) int {
	for _, next := range [...]string{" charset=", " boundary="} {
		if i := indexFold(value, next); i > 0 {
			return i
		}
	}
	return 0
}

// CommentLen returns the length of the comment at the start of s (RFC 5322 section 3.2.2), 0 if it does not end.
func CommentLen(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// unquote reads a quoted string that contains backslashes, after its opening quote. A backslash before anything but a
// quote or a backslash stays: it comes from a file name of Windows.
func unquote(s string) (value, rest string) {
	b := make([]byte, 0, strings.IndexByte(s, '"')+1) // mostly enough
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return string(b), s[i+1:]
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b = append(b, s[i])
		default:
			b = append(b, c)
		}
	}
	return string(b), ""
}

// segment is one piece of a parameter in RFC 2231's form: name*0*=charset'language'text.
type segment struct {
	name    string
	number  int // -1 if it has none
	encoded bool
	value   string
}

func newSegment(name, value string) segment {
	s := segment{value: value}
	s.name, name, _ = strings.Cut(name, "*")
	number, ext, cut := strings.Cut(name, "*")
	s.number = -1
	if number != "" {
		s.number, _ = strconv.Atoi(number)
		s.number = max(s.number, 0)
	}
	s.encoded = number == "" || cut && ext == ""
	return s
}

// cutSegments puts the segments in order and divides them into those of the first parameter and the rest. A parameter
// in one piece, "name*", and one in several, "name*0", are two.
func cutSegments(segments []segment) (first, rest []segment) {
	slices.SortStableFunc(segments, func(a, b segment) int {
		return cmp.Or(strings.Compare(a.name, b.name), a.number-b.number)
	})
	n := 1
	numbered := segments[0].number >= 0
	for n < len(segments) && segments[n].name == segments[0].name && segments[n].number >= 0 == numbered {
		n++
	}
	return segments[:n], segments[n:]
}

// joinSegments returns the parameter that the segments make up, in their order.
func joinSegments(segments []segment) string {
	charset := ""
	var b []byte
	for i, s := range segments {
		if !s.encoded {
			b = append(b, s.value...)
			continue
		}
		if i == 0 {
			if p := strings.SplitN(s.value, "'", 3); len(p) == 3 {
				charset, s.value = strings.ToLower(p[0]), p[2]
			}
		}
		b = appendPercentDecoded(b, s.value)
	}
	var ignored defectSet
	return decodeText(b, charset, convertWestern, &ignored)
}

// appendPercentDecoded appends s to b with %XX undone; other percent signs stay.
func appendPercentDecoded(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return b
}

// unhex returns the value of a hexadecimal digit, -1 for anything else.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
