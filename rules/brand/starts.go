package brand

// starts tells words that begin as none of some words do: nearly all words of a text.
type starts [1 << startBits / 64]uint64

const (
	startBits = 14 // of a hash; the words of a few hundred firms set one bit in thirty
	startLen  = 4  // bytes of a word that it looks at
)

func startHash[T string | []byte](w T) uint32 {
	start := uint32(0)
	for i := range min(len(w), startLen) {
		start |= uint32(w[i]) << (8 * i)
	}
	return start * 0x9E3779B1 >> (32 - startBits)
}

func (s *starts) add(word string) {
	h := startHash(word)
	s[h>>6] |= 1 << (h & 63)
}

// has reports whether a word may be among those added.
func (s *starts) has(word []byte) bool {
	h := startHash(word)
	return s[h>>6]&(1<<(h&63)) != 0
}
