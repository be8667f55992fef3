package message

import (
	"slices"
	"strings"
)

// Bounds on what is looked for in one multipart.
const (
	maxBoundaries  = 8
	maxOccurrences = 16  // of "boundary" in the field
	maxBoundaryLen = 400 // octets; RFC 2046 section 5.1.1 allows 70
)

// boundaries returns the boundaries that readers may find in a Content-Type field, the likeliest first: the declared
// one, then the text after each "boundary" in the field, with and without quotes, comments, backslashes and
// blanks. Nearly all fields have one that is read the same by all.
func boundaries(contentType, declared string) []string {
	list := make([]string, 0, 1)
	add := func(b string) {
		b = strings.TrimRight(b, " \t")
		if b != "" && len(list) < maxBoundaries && !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	add(declared)
	contentType = contentType[:min(len(contentType), maxParamsLen)]
	lower := lowerASCII(contentType)
	i := strings.Index(lower, "boundary")
	if i < 0 || plainBoundary(declared) && !strings.Contains(lower[i+1:], "boundary") {
		return list
	}
	for n := 0; i >= 0 && n < maxOccurrences; n++ {
		name, value, ok := strings.Cut(contentType[i:], "=")
		if ok && !strings.ContainsAny(name, ";\"") {
			for _, v := range boundaryValues(value[:min(len(value), maxBoundaryLen)]) {
				add(v)
			}
		}
		i = indexFrom(lower, "boundary", i+1)
	}
	return list
}

// indexFrom is strings.Index from an offset on.
func indexFrom(s, sub string, offset int) int {
	if i := strings.Index(s[offset:], sub); i >= 0 {
		return offset + i
	}
	return -1
}

// plainBoundary reports whether a boundary is made of characters that all readers read alike.
func plainBoundary(s string) bool {
	return s != "" && !strings.ContainsAny(s, " \t\\'\"%(),;:=?")
}

// boundaryValues returns what readers may take for the boundary at the start of s, which follows the equals sign.
func boundaryValues(s string) []string {
	s = strings.TrimLeft(s, " \t")
	values := make([]string, 0, 8)
	if rest, quoted := strings.CutPrefix(s, `"`); quoted {
		inside, _ := unquote(rest)
		s, _, _ = strings.Cut(rest, `"`)
		values = append(values, inside, s, strings.ReplaceAll(inside, `\`, ""))
	}
	s, _, _ = strings.Cut(s, ";")
	word, _, _ := strings.Cut(s, " ")
	word, _, _ = strings.Cut(word, ",")
	values = append(values, s, word, strings.Trim(word, "'"))
	if strings.ContainsAny(s, " \t") { // a fold within it, which readers undo in three ways
		values = append(values, strings.Join(strings.Fields(s), ""), strings.ReplaceAll(s, " ", "\t"))
	}
	if word, ok := decodeWords(s); ok {
		values = append(values, word)
	}
	return values
}

// occurring returns those of the boundaries of which body has a delimiter, and whether one of them is behind a CR
// without LF.
func occurring(body []byte, boundaries []string) (found []string, bareCR bool) {
	for _, b := range boundaries {
		d := findDelimiter(body, []byte("--"+b), 0)
		for d.closing {
			d = findDelimiter(body, []byte("--"+b), d.next)
		}
		if d.start >= 0 {
			found = append(found, b)
		}
		bareCR = bareCR || d.bareCR
	}
	return found, bareCR
}

// lowerASCII returns s with its capitals of ASCII in lower case, octet by octet.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return view(b)
}
