package message

import (
	"strings"
	"unicode/utf8"
)

// maxWordLen is how long an encoded word may be; RFC 2047 allows 75.
const maxWordLen = 4096

// decodeWords returns a header value in UTF-8: encoded words (RFC 2047) are decoded wherever they stand, even where
// the RFC does not allow them. Ok is false if something that looks like an encoded word could not be decoded; it
// stays as it is.
func decodeWords(s string) (decoded string, ok bool) {
	if !utf8.ValidString(s) {
		s = view(convertWestern([]byte(s)))
	}
	if !strings.Contains(s, "=?") {
		return s, true
	}
	ok = true
	out := make([]byte, 0, len(s)+16)
	var run []byte // the octets of adjacent words in one charset: a character may be cut in two between them
	charset := ""
	flush := func() {
		if len(run) > 0 {
			var defects defectSet
			out = append(out, decodeText(run, charset, convertWestern, &defects)...)
			ok = ok && defects&(1<<DefectUnknownCharset) == 0
			run = run[:0]
		}
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, n := parseWord(s[i:])
		if n == 0 {
			flush()
			ok = false
			out = append(out, s[:i+2]...)
			s = s[i+2:]
			continue
		}
		if between := s[:i]; len(run) == 0 || strings.Trim(between, " \t") != "" {
			flush()
			out = append(out, between...)
		}
		if w.charset != charset {
			flush()
			charset = w.charset
		}
		run = append(run, w.octets()...)
		s = s[i+n:]
	}
	flush()
	out = append(out, s...)
	return view(out), ok
}

// word is an encoded word: =?charset?encoding?text?=
type word struct {
	charset string // lower case, without RFC 2231's language
	base64  bool
	text    string
}

// parseWord reads the encoded word at the start of s and its length, 0 if there is none.
func parseWord(s string) (w word, n int) {
	rest := s[2:min(len(s), maxWordLen)]
	start := rest
	charset, rest, found := strings.Cut(rest, "?")
	if !found || charset == "" || len(charset) > 64 || len(rest) < 4 || rest[1] != '?' {
		return w, 0
	}
	switch rest[0] {
	case 'B', 'b':
		w.base64 = true
	case 'Q', 'q':
	default:
		return w, 0
	}
	rest = rest[2:]
	end := strings.Index(rest, "?=")
	if end < 0 {
		return w, 0
	}
	charset, _, _ = strings.Cut(charset, "*")
	w.charset = strings.ToLower(charset)
	w.text = rest[:end]
	return w, len("=?") + len(start) - len(rest) + end + len("?=")
}

// octets undoes the word's B or Q encoding.
func (w word) octets() []byte {
	if w.base64 {
		return appendBase64(nil, []byte(w.text))
	}
	out := make([]byte, 0, len(w.text))
	for i := 0; i < len(w.text); i++ {
		c := w.text[i]
		if c == '_' {
			c = ' '
		} else if c == '=' && i+2 < len(w.text) {
			if hi, lo := unhex(w.text[i+1]), unhex(w.text[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}
