package tokenizer

import "unicode/utf8"

// Classes of octets. What is in no class parts words.
const (
	inText   = 1 << iota // in a word of text
	midText              // in a word of text, but not at its ends
	inValue              // in a word of a header field
	midValue             // in a word of a header field, but not at its ends
	inHost               // in a host name
	inLocal              // usual in the part of an address before the "@"
)

// classes gives each octet's classes. All of UTF-8 beyond ASCII counts as letters.
var classes = func() (c [256]uint8) {
	for i := range c {
		if b := byte(i); 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b >= utf8.RuneSelf {
			c[i] = inText | midText | inValue | midValue | inHost | inLocal
		}
	}
	for class, octets := range map[uint8]string{inText: "$", midText: "$'-", inValue: "$", midValue: "$'-._@",
		inHost: "-._", inLocal: "-._+=%#$!&/~'*"} {
		for i := range len(octets) {
			c[octets[i]] |= class
		}
	}
	return c
}()

// maxWord is the length, in octets, from which on a word is noted by its shape only.
const maxWord = 40

// nextWord returns the first word at or after s[from:] as s[start:end], by the classes in and mid; start is len(s) if
// there is none.
func nextWord(s string, from int, in, mid uint8) (start, end int) {
	start = from
	for start < len(s) && classes[s[start]]&in == 0 {
		start++
	}
	end = start
	for end < len(s) && classes[s[end]]&(in|mid) != 0 {
		end++
	}
	for end > start && classes[s[end-1]]&in == 0 {
		end--
	}
	return start, end
}

// addText adds up to limit words of running text, and returns where it ended.
func (s *scan) addText(p, long prefix, text string, limit int) int {
	i := 0
	for n := 0; n < limit; n++ {
		start, end := nextWord(text, i, inText, midText)
		if start == len(text) {
			return start
		}
		if word := text[start:end]; len(word) <= maxWord {
			s.add(p, word)
		} else {
			s.addLong(p, long, word)
		}
		i = end
	}
	return i
}

// usualWord is the length of a word with what parts it from the next, in octets.
const usualWord = 6

// maxPairs bounds the pairs of letters taken from one long run.
const maxPairs = 200

// addLong adds a run of letters that is too long for a word. Scripts that put no space between words give their letters
// in pairs, everything else its shape.
func (s *scan) addLong(p, long prefix, run string) {
	if isASCII(run) {
		s.addShape(long, run)
		return
	}
	pairs := 0
	for i := 0; i < len(run) && pairs < maxPairs; pairs++ {
		_, n := utf8.DecodeRuneInString(run[i:])
		_, next := utf8.DecodeRuneInString(run[i+n:])
		if next > 0 {
			s.add(p, run[i:i+n+next])
		}
		i += n
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
