package brand

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// confusables maps letters of other alphabets to the Latin ones that they are drawn like. It holds those that occur in
// forged names; Unicode's own table (UTS #39) has thousands that nobody has seen in mail.
var confusables = map[rune]rune{
	'а': 'a', 'ɑ': 'a', 'α': 'a', 'ь': 'b', 'Ь': 'b', 'в': 'b', 'β': 'b', 'с': 'c', 'ϲ': 'c', 'ԁ': 'd', 'е': 'e', 'ε': 'e',
	'ғ': 'f', 'ɡ': 'g', 'ց': 'g', 'һ': 'h', 'н': 'h', 'і': 'i', 'ı': 'i', 'ι': 'i', 'ӏ': 'l', 'ј': 'j', 'к': 'k', 'κ': 'k',
	'м': 'm', 'ո': 'n', 'η': 'n', 'п': 'n', 'о': 'o', 'ο': 'o', 'օ': 'o', 'р': 'p', 'ρ': 'p', 'ԛ': 'q', 'г': 'r', 'ѕ': 's',
	'т': 't', 'τ': 't', 'υ': 'u', 'ս': 'u', 'ν': 'v', 'ѵ': 'v', 'ԝ': 'w', 'ѡ': 'w', 'ω': 'w', 'х': 'x', 'χ': 'x', 'у': 'y', 'γ': 'y',
	'ʐ': 'z', 'ł': 'l', 'ø': 'o', 'đ': 'd', 'ß': 'b',
}

// Words returns the words of a text, folded so that what looks alike is alike: in lower case, without accents,
// invisible characters and letters borrowed from other alphabets. Everything that is neither letter nor digit separates
// words, but for apostrophes, which vanish.
func Words(text string) []string {
	return strings.Fields(fold(text))
}

func fold(text string) string {
	if isPlain(text) {
		return strings.Map(foldASCII, text)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		r = unicode.ToLower(r)
		if latin, ok := confusables[r]; ok {
			r = latin
		}
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == '’' || r == '\u034f':
		case r < utf8.RuneSelf:
			if r = foldASCII(r); r >= 0 {
				b.WriteRune(r)
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldASCII is a function for strings.Map: -1 drops the character.
func foldASCII(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		return r
	case r == '\'':
		return -1
	}
	return ' '
}

// looks merges letters and digits that a hasty reader takes for each other.
var looks = strings.NewReplacer("rn", "m", "vv", "w", "i", "l", "1", "l", "0", "o", "5", "s", "3", "e", "4", "a")

// skeleton returns what a word looks like at a glance: paypal, PayPaI and paypa1 have one skeleton.
func skeleton(word string) string { return looks.Replace(word) }
