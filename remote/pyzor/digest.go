package pyzor

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"asterism/message"
)

// Digest returns the digest that Pyzor's own client makes of a message, in hexadecimal. It is empty if the message has
// no line worth digesting; Pyzor's client then sends the digest of an empty text, which very different messages share.
//
// The digest covers the lines of all parts, without addresses, URLs, long words and white space. Of many lines it takes
// only some: three from a fifth of the way through, and three from three fifths.
func Digest(m *message.Message) string {
	var lines []string
	for _, p := range m.Leaves() {
		lines = appendLines(lines, payload(p))
	}
	if len(lines) == 0 {
		return ""
	}
	h := sha1.New()
	if len(lines) > wholeLines {
		lines = pick(lines)
	}
	for _, l := range lines {
		h.Write([]byte(l))
	}
	return hex.EncodeToString(h.Sum(nil))
}

const (
	wholeLines = 4 // messages of so many lines are digested whole
	minLength  = 8 // characters that a line must have left
	longWord   = 10
)

// pick takes the lines that are digested of a longer message.
func pick(lines []string) []string {
	var picked []string
	for _, percent := range [...]int{20, 60} {
		at := percent * len(lines) / 100
		picked = append(picked, lines[at:min(at+3, len(lines))]...)
	}
	return picked
}

// payload returns the text of a part that is digested: decoded text, what is to be read of HTML, anything else as it
// is.
func payload(p *message.Part) string {
	switch {
	case p.MediaType == "message/delivery-status":
		return "" // to Pyzor's client it has only headers
	case !strings.HasPrefix(p.MediaType, "text/"):
		return ascii(p.Body())
	}
	text := decode(p.Decoded(), p.Charset)
	if p.MediaType == "text/html" {
		return readHTML(text)
	}
	return text
}

// decode returns text as UTF-8. What is not valid in its character set is left out; in an unknown one only ASCII is
// left.
func decode(data []byte, charset string) string {
	switch charset = strings.ToLower(strings.TrimSpace(charset)); charset {
	case "utf-8", "utf8":
		return strings.ToValidUTF8(string(data), "")
	case "gb2312":
		return doubleByte(data, simplifiedchinese.GBK, 0xf7)
	case "euc-kr", "ks_c_5601-1987":
		return doubleByte(data, korean.EUCKR, 0xfe)
	}
	enc, err := ianaindex.MIME.Encoding(charset)
	if charset == "" || charset == "us-ascii" || charset == "ascii" || err != nil || enc == nil || enc == encoding.Nop {
		return ascii(data)
	}
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return ascii(data)
	}
	return strings.ReplaceAll(string(text), "\uFFFD", "")
}

// doubleByte decodes a set of ASCII and pairs of bytes from 0xa1 on, by an encoding that contains it.
// Golang.org/x/text has these sets only as what others made of them with more pairs, which Pyzor's client leaves out.
func doubleByte(data []byte, enc encoding.Encoding, last byte) string {
	var pairs []byte
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c < utf8.RuneSelf:
			pairs = append(pairs, c)
		case c >= 0xa1 && c <= last && i+1 < len(data) && data[i+1] >= 0xa1 && data[i+1] != 0xff:
			pairs = append(pairs, c, data[i+1])
			i++
		}
	}
	text, err := enc.NewDecoder().Bytes(pairs)
	if err != nil {
		return ascii(data)
	}
	return strings.ReplaceAll(string(text), "\uFFFD", "")
}

func ascii(data []byte) string {
	return strings.Map(func(c rune) rune {
		if c >= utf8.RuneSelf {
			return -1
		}
		return c
	}, string(data))
}

// appendLines appends the lines of a text that are long enough after what identifies single copies is taken out.
func appendLines(lines []string, text string) []string {
	for text != "" {
		end := strings.IndexFunc(text, isLineEnd)
		line := text
		if end < 0 {
			text = ""
		} else {
			_, size := utf8.DecodeRuneInString(text[end:])
			line, text = text[:end], text[end+size:]
		}
		if l := normalize(line); utf8.RuneCountInString(l) >= minLength {
			lines = append(lines, l)
		}
	}
	return lines
}

// isLineEnd knows the line ends of Python's str.splitlines.
func isLineEnd(c rune) bool {
	switch c {
	case '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// isSpace knows the white space of Python's str.isspace.
func isSpace(c rune) bool { return unicode.IsSpace(c) || c >= 0x1c && c <= 0x1f }

// normalize removes words of ten and more characters, words with an address, URLs to the end of their word, and then
// all white space.
func normalize(line string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(line, isSpace) {
		if utf8.RuneCountInString(word) >= longWord || hasAddress(word) {
			continue
		}
		b.WriteString(word[:urlStart(word)])
	}
	return b.String()
}

// hasAddress reports whether a word has an @ with something before and after it.
func hasAddress(word string) bool {
	_, size := utf8.DecodeRuneInString(word)
	_, last := utf8.DecodeLastRuneInString(word)
	return size+last < len(word) && strings.Contains(word[size:len(word)-last], "@")
}

// urlStart returns where the first letters begin that are followed by a colon and something more, or the word's length.
func urlStart(word string) int {
	start := -1
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			if start < 0 {
				start = i
			}
		case c == ':' && start >= 0 && i+1 < len(word):
			return start
		default:
			start = -1
		}
	}
	return len(word)
}
