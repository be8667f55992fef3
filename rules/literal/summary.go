package literal

// Summary is an approximate set of a text's windows of three bytes. It rules out most strings at once, even with a cold
// processor cache.
type Summary struct {
	bits [1 << (32 - summaryShift) / 64]uint64
}

const (
	summaryShift = 32 - 14 // of a window's hash in bits
	choiceSize   = 4       // windows of a string

	// MinChoice is the length of the shortest string of a Choice, the length of a window.
	MinChoice = 3

	// MaxSummary is the length of the longest text worth a Summary: in longer ones most windows occur.
	MaxSummary = 2500
)

// Choice is a set of strings as windows, for the test whether a text may have one of them.
type Choice [][choiceSize]uint16

// NewChoice returns the choice of some strings in lower case, each of MinChoice bytes or more.
func NewChoice(strings []string) Choice {
	c := make(Choice, len(strings))
	for i, s := range strings {
		last := len(s) - MinChoice // where the last window begins
		for k := range c[i] {
			at := last * k / (choiceSize - 1)
			c[i][k] = uint16(hash(uint32(s[at]|fold)|uint32(s[at+1]|fold)<<8|uint32(s[at+2]|fold)<<16) >> summaryShift)
		}
	}
	return c
}

// Read makes the summary of a text.
func (s *Summary) Read(text string) {
	clear(s.bits[:])
	for i := 4; i <= len(text); i++ {
		w := text[i-4 : i]
		s.add((uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16 | uint32(w[3])<<24) << 8 >> 8)
	}
	if n := len(text); n >= MinChoice { // what the last four bytes end in
		s.add(wordBefore(text, n) >> 8)
	}
}

// add adds a window.
func (s *Summary) add(window uint32) {
	h := hash(window|fold4>>8) >> summaryShift
	s.bits[h>>6] |= 1 << (h & 63)
}

// MayHave reports whether the text may have one of the strings; if not, it has none of them.
func (s *Summary) MayHave(c Choice) bool {
	for i := range c {
		if s.has(c[i][0]) && s.has(c[i][1]) && s.has(c[i][2]) && s.has(c[i][3]) {
			return true
		}
	}
	return false
}

func (s *Summary) has(window uint16) bool {
	return s.bits[window>>6%uint16(len(s.bits))]&(1<<(window&63)) != 0
}
