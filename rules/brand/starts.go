package brand

// starts tells words that begin as none of some words do: nearly all words of a text.
type starts [1 << 12 / 64]uint64

// startLen is how many bytes of a word it looks at; shorter words are always let through.
const startLen = 3

// longStart is how many bytes of a word decide of the first bytes of its skeleton, which may merge two into one.
const longStart = 2 * startLen

func startHash[T string | []byte](w T) uint32 {
	return (uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16) * 0x9E3779B1 >> (32 - 12)
}

func (s *starts) add(word string) {
	if len(word) >= startLen {
		h := startHash(word)
		s[h>>6] |= 1 << (h & 63)
	}
}

// has says whether a word may be among those added.
func (s *starts) has(word []byte) bool {
	if len(word) < startLen {
		return true
	}
	h := startHash(word)
	return s[h>>6]&(1<<(h&63)) != 0
}
