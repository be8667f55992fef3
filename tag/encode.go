package tag

import (
	"mime"
	"strings"
	"unicode/utf8"
)

// encode returns a value for a header field in ASCII (RFC 2047): each line's text from the first word that is not ASCII
// to
// the last one becomes encoded words of at most 75 characters. Bytes that are no UTF-8 are read as ISO 8859-1.
func encode(value string) string {
	if isASCII(value) { // nearly always
		return value
	}
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		lines[i] = encodeLine(line)
	}
	return strings.Join(lines, "\n")
}

func encodeLine(line string) string {
	first := strings.IndexFunc(line, notASCII)
	if first < 0 {
		return line
	}
	last := strings.LastIndexFunc(line, notASCII)
	start := strings.LastIndexAny(line[:first], " \t") + 1
	end := len(line)
	if n := strings.IndexAny(line[last:], " \t"); n >= 0 {
		end = last + n
	}
	return line[:start] + encodedWords(line[start:end]) + line[end:]
}

// encodedWords returns the shorter one of the two encodings.
func encodedWords(text string) string {
	if !utf8.ValidString(text) {
		text = fromLatin1(text)
	}
	q, b := mime.QEncoding.Encode("UTF-8", text), mime.BEncoding.Encode("UTF-8", text)
	if len(b) < len(q) {
		return b
	}
	return q
}

func fromLatin1(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func notASCII(r rune) bool { return r >= utf8.RuneSelf }

func isASCII(s string) bool { return strings.IndexFunc(s, notASCII) < 0 }
