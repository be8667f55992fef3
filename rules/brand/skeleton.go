package brand

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// confusables maps letters of other alphabets to the Latin letters that they look like. It has the letters that occur
// in forged names; Unicode's own table (UTS #39) has thousands that do not occur in mail.
var confusables = map[rune]rune{
	'а': 'a', 'ɑ': 'a', 'α': 'a', 'ь': 'b', 'Ь': 'b', 'в': 'b', 'β': 'b', 'с': 'c', 'ϲ': 'c', 'ԁ': 'd', 'е': 'e', 'ε': 'e',
	'ғ': 'f', 'ɡ': 'g', 'ց': 'g', 'һ': 'h', 'н': 'h', 'і': 'i', 'ı': 'i', 'ι': 'i', 'ӏ': 'l', 'ј': 'j', 'к': 'k', 'κ': 'k',
	'м': 'm', 'ո': 'n', 'η': 'n', 'п': 'n', 'о': 'o', 'ο': 'o', 'օ': 'o', 'р': 'p', 'ρ': 'p', 'ԛ': 'q', 'г': 'r', 'ѕ': 's',
	'т': 't', 'τ': 't', 'υ': 'u', 'ս': 'u', 'ν': 'v', 'ѵ': 'v', 'ԝ': 'w', 'ѡ': 'w', 'ω': 'w', 'х': 'x', 'χ': 'x', 'у': 'y',
	'γ': 'y',
	'ʐ': 'z', 'ł': 'l', 'ø': 'o', 'đ': 'd', 'ß': 'b',
}

// Words returns the words of a text, folded by their look: in lower case, without accents, invisible characters and
// letters borrowed from other alphabets. Characters other than letters and digits separate words, except apostrophes,
// which vanish.
func Words(text string) []string { return strings.Fields(string(appendFolded(nil, text))) }

func appendFolded(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if c := folded[text[i]]; c != 0 {
				dst = append(dst, c)
			}
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] >= utf8.RuneSelf {
			i++
		}
		dst = appendFoldedUnicode(dst, text[start:i])
	}
	return dst
}

// appendFoldedUnicode does so with a text without ASCII. Characters are decomposed one by one: marks vanish, so that
// their order does not matter, and the library takes a buffer for each text to put them in order. Syllables of Hangul
// stay whole.
func appendFoldedUnicode(dst []byte, text string) []byte {
	for text != "" {
		p := norm.NFKD.PropertiesString(text)
		size := max(1, p.Size()) // of what is no UTF-8 it is 0
		if decomposed := p.Decomposition(); decomposed != nil {
			for len(decomposed) > 0 {
				r, n := utf8.DecodeRune(decomposed)
				dst, decomposed = appendFoldedRune(dst, r), decomposed[n:]
			}
		} else {
			r, _ := utf8.DecodeRuneInString(text)
			dst = appendFoldedRune(dst, r)
		}
		text = text[size:]
	}
	return dst
}

func appendFoldedRune(dst []byte, r rune) []byte {
	r = unicode.ToLower(r)
	if latin, ok := confusables[r]; ok {
		r = latin
	}
	switch {
	case r < utf8.RuneSelf:
		if c := folded[r]; c != 0 {
			dst = append(dst, c)
		}
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == '’':
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		dst = utf8.AppendRune(dst, r)
	default:
		dst = append(dst, ' ')
	}
	return dst
}

// folded is ASCII characters as they are compared; 0 is none.
var folded = func() (all [utf8.RuneSelf]byte) {
	for c := range all {
		switch {
		case 'A' <= c && c <= 'Z':
			all[c] = byte(c) | 0x20
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			all[c] = byte(c)
		case c != '\'':
			all[c] = ' '
		}
	}
	return all
}()

// skeleton returns a word's look: paypal, PayPaI and paypa1 have one skeleton.
func skeleton(word string) string { return string(appendSkeleton(nil, word)) }

// appendSkeleton merges letters and digits that a hasty reader takes for each other.
func appendSkeleton[T string | []byte](dst []byte, word T) []byte {
	for i := 0; i < len(word); i++ {
		c := word[i]
		if (c == 'r' || c == 'v') && i+1 < len(word) {
			switch {
			case c == 'r' && word[i+1] == 'n':
				c, i = 'm', i+1
			case c == 'v' && word[i+1] == 'v':
				c, i = 'w', i+1
			}
		}
		dst = append(dst, lookAlike[c])
	}
	return dst
}

// lookAlike is what each byte is taken for.
var lookAlike = func() (all [256]byte) {
	for c := range all {
		all[c] = byte(c)
	}
	all['i'], all['1'], all['0'], all['5'], all['3'], all['4'] = 'l', 'l', 'o', 's', 'e', 'a'
	return all
}()
