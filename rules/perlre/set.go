package perlre

import (
	"math/bits"
	"unicode"
)

// set is a set of bytes.
type set [4]uint64

func (s *set) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *set) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

func (s *set) addRange(low, high byte) {
	for c := int(low); c <= int(high); c++ {
		s.add(byte(c))
	}
}

func (s *set) addSet(t set) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s set) not() set {
	for i := range s {
		s[i] = ^s[i]
	}
	return s
}

func (s set) and(t set) set {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

func (s set) len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// first returns the smallest member of a set that has one.
func (s set) first() byte {
	for i, w := range s {
		if w != 0 {
			return byte(i<<6 + bits.TrailingZeros64(w))
		}
	}
	return 0
}

// capitals is A to Z in the second word of a set; small letters are toSmall bits above them.
const (
	capitals = 1<<27 - 2
	toSmall  = 'a' - 'A'
)

// fold returns the set with both cases of its ASCII letters.
func (s set) fold() set {
	letters := (s[1] | s[1]>>toSmall) & capitals
	s[1] |= letters | letters<<toSmall
	return s
}

func setOf(bytes string) (s set) {
	for i := 0; i < len(bytes); i++ {
		s.add(bytes[i])
	}
	return s
}

func setFunc(in func(c byte) bool) (s set) {
	for c := range 256 {
		if in(byte(c)) {
			s.add(byte(c))
		}
	}
	return s
}

// wordBytes is what \w stands for.
var wordBytes = setFunc(isWord)

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// classEscape returns the set that \d, \W, \h and the like stand for.
func classEscape(c byte) (set, bool) {
	var s set
	switch c | 0x20 {
	case 'd':
		s = setOf("0123456789")
	case 'w':
		s = wordBytes
	case 's':
		s = setOf(" \t\n\r\f\v")
	case 'h':
		s = setOf(" \t\xa0")
	case 'v':
		s = setOf("\n\v\f\r\x85")
	case 'n':
		s = setOf("\n")
	default:
		return s, false
	}
	if c == 'n' {
		return s, false // \n is a newline; \N is a class
	}
	if c&0x20 == 0 {
		s = s.not()
	}
	return s, true
}

// posixClass returns the set of [:name:].
func posixClass(name string) (set, bool) {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	in := map[string]func(c byte) bool{
		"alpha":  letter,
		"digit":  isDigit,
		"alnum":  func(c byte) bool { return letter(c) || isDigit(c) },
		"upper":  func(c byte) bool { return c >= 'A' && c <= 'Z' },
		"lower":  func(c byte) bool { return c >= 'a' && c <= 'z' },
		"space":  func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' },
		"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
		"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
		"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
		"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
		"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !letter(c) && !isDigit(c) },
		"xdigit": func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' },
		"word":   isWord,
		"ascii":  func(c byte) bool { return c < 0x80 },
	}[name]
	if in == nil {
		return set{}, false
	}
	return setFunc(in), true
}

// property returns the set of \p{name} among the characters U+0000 to U+00FF.
func property(name string) (set, bool) {
	if s, ok := map[string]string{"IsAlpha": "L", "Letter": "L", "IsUpper": "Lu", "IsLower": "Ll", "IsSpace": "Z",
		"IsDigit": "Nd", "IsPunct": "P", "Alpha": "L", "Digit": "Nd", "Punct": "P"}[name]; ok {
		name = s
	}
	table := unicode.Categories[name]
	if table == nil {
		table = unicode.Scripts[name]
	}
	if table == nil {
		return set{}, false
	}
	return setFunc(func(c byte) bool { return unicode.Is(table, rune(c)) }), true
}
