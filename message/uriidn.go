package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxIDN is how much of a text around a dot is looked at for an internationalised host name, in octets to each side.
const maxIDN = 253 * 2

// wideHyphen is a hyphen of full width.
const wideHyphen = 0xff0d

// isWideDot reports whether browsers take a character above 127 for the dot of a host name.
func isWideDot(r rune) bool {
	switch r {
	case 0x3002, 0xff0e, 0xff61, 0x2024, 0xfe52:
		return true
	}
	return false
}

// isIDNRune reports whether a character may be in an internationalised host name. Those without width vanish.
func isIDNRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isHostByte(byte(r))
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || r == wideHyphen || unicode.IsMark(r) || unicode.IsNumber(r) ||
		isWideDot(r) ||
		runeWidth(r) == widthZero)
}

// isUnspaced reports whether a letter is of a script that puts no space between words, or none before particles: what
// stands beside a host name in such a text is not part of it.
func isUnspaced(r rune) bool {
	return r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// idnHost looks at a dot for a host name in letters beyond ASCII.
func (s *uriScanner) idnHost(at int) (start, end int, found bool) {
	if at < s.idn {
		return at, at, false
	}
	start, end = at, at
	for start > s.pos && at-start < maxIDN {
		r, size := utf8.DecodeLastRuneInString(s.text[s.pos:start])
		if !isIDNRune(r) {
			break
		}
		start -= size
	}
	for end < len(s.text) && end-at < maxIDN {
		r, size := utf8.DecodeRuneInString(s.text[end:])
		if !isIDNRune(r) {
			break
		}
		end += size
	}
	s.idn = end
	if end < len(s.text) && s.text[end] == '@' {
		return at, at, false
	}
	name := strings.TrimFunc(s.text[start:end], func(r rune) bool {
		return r == '-' || r == '_' || r == '.' || isWideDot(r)
	})
	start += strings.Index(s.text[start:end], name)
	n := outsideWords(name)
	start, name = start+n, name[n:]
	name = name[:len(name)-wordsBehind(name)]
	if end = start + len(name); start >= at || end <= at || isASCIIString(name) || s.partOfWord(start) {
		return at, at, false
	}
	ascii := ASCIIDomain(name)
	if !looksLikeHost(ascii) || startsSentence(name) && !startsWithWWW(ascii) {
		return at, at, false
	}
	if !isTopLevel(lastLabel(ascii)) {
		return at, at, false
	}
	if end < len(s.text) && strings.IndexByte(`:/?#\`, s.text[end]) >= 0 {
		end = s.uriEnd(end)
	}
	return start, end, true
}

// outsideWords returns the length of the words of a script without spaces that precede the ASCII letters of a name's
// first label, 0 if there are no such letters.
func outsideWords(name string) int {
	n := 0
	for i, r := range name {
		if isUnspaced(r) {
			n = i + utf8.RuneLen(r)
			continue
		}
		if r == '.' || isWideDot(r) {
			if n == i {
				return 0
			}
			break
		}
	}
	return n
}

// wordsBehind returns the length of the words of a script without spaces that follow the ASCII letters of a name's last
// label.
func wordsBehind(name string) int {
	last := 1 + strings.LastIndexByte(name, '.')
	for i, r := range name[last:] {
		switch {
		case isWideDot(r):
			return wordsBehind(name[last+i+utf8.RuneLen(r):])
		case i > 0 && isUnspaced(r):
			if before, _ := utf8.DecodeLastRuneInString(name[:last+i]); before < utf8.RuneSelf {
				return len(name) - last - i
			}
		}
	}
	return 0
}

// startsSentence is looksLikeSentence for letters beyond ASCII.
func startsSentence(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(name[dot+1:])
	before, _ := utf8.DecodeLastRuneInString(name[:dot])
	return unicode.IsUpper(first) && unicode.IsLower(before) && first >= utf8.RuneSelf
}

// wideDot looks at a full stop beyond ASCII between plain letters: elsewhere it ends a sentence.
func (s *uriScanner) wideDot(at int) (start, end int) {
	after := s.text[at+len("\u3002"):]
	if at == 0 || after == "" || !isPlainLetter(utf8.DecodeLastRuneInString(s.text[:at])) ||
		!isPlainLetter(utf8.DecodeRuneInString(after)) {
		return at, at + 1
	}
	start, end, found := s.idnHost(at)
	if !found {
		return at, at + 1
	}
	return start, end
}

// isPlainLetter reports whether a character is an ASCII letter or digit, of full width perhaps.
func isPlainLetter(r rune, _ int) bool {
	if r >= 0xff01 && r <= 0xff5e {
		r -= 0xff01 - '!'
	}
	return r < utf8.RuneSelf && isAlnum(byte(r))
}

// wideHost returns where the host of a URI ends, whose first character after its scheme's colon is at from, if the
// full stop beyond ASCII at dot belongs to it; else dot.
func (s *uriScanner) wideHost(from, dot int) int {
	for from < dot && isSlash(s.text[from]) {
		from++
	}
	if strings.ContainsAny(s.text[from:dot], `/?#\`) {
		return dot
	}
	end := dot
	for end < len(s.text) && end-dot < maxIDN {
		r, size := utf8.DecodeRuneInString(s.text[end:])
		if !isIDNRune(r) {
			break
		}
		end += size
	}
	from += 1 + strings.LastIndexByte(s.text[from:end], '@')
	host := strings.TrimRightFunc(s.text[from:end], func(r rune) bool { return r == '.' || isWideDot(r) })
	host = host[:len(host)-wordsBehind(host)]
	ascii := ASCIIDomain(host)
	if !isTopLevel(lastLabel(ascii)) {
		if _, isIP := parseIPv4(ascii); !isIP {
			return dot
		}
	}
	return from + len(host)
}
