package rules

import "unicode/utf8"

// isLatin is [a-zA-Z].
func isLatin(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isDigit is [0-9].
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isAlnum is [a-zA-Z0-9].
func isAlnum(c byte) bool { return isLatin(c) || isDigit(c) }

// isLetterOrDigit is [a-z0-9].
func isLetterOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// isASCII reports whether a text has no byte above 127.
func isASCII(s string) bool {
	const high = 0x8080808080808080
	for ; len(s) >= 16; s = s[16:] {
		if (eightBytes(s)|eightBytes(s[8:]))&high != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// eightBytes returns the first eight bytes of a text in one word.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
