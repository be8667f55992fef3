package chain

import "math/bits"

// single is one word of bits: that of a few chains, which begin at few places of a text.
type single struct {
	classes                           [256]uint64
	first, optional, repeats, accepts uint64
	chains                            [64]int32
}

// newSingle returns the first word of a block.
func newSingle(b *block) *single {
	s := &single{first: b.first[0], optional: b.optional[0], repeats: b.repeats[0], accepts: b.accepts[0],
		chains: b.chains[0]}
	for c := range s.classes {
		s.classes[c] = b.classes[c][0]
	}
	return s
}

// find does what block.find does, but goes straight to where a chain may begin.
func (s *single) find(text string, found []Found) []Found {
	now := uint64(0)
	for i := 0; i < len(text); i++ {
		for now == 0 && s.classes[text[i]]&s.first == 0 {
			if i++; i == len(text) {
				return found
			}
		}
		now = (now<<1 | s.first | now&s.repeats) & s.classes[text[i]]
		now |= now << 1 & s.optional
		for ends := now & s.accepts; ends != 0; ends &= ends - 1 {
			found = append(found, Found{s.chains[bits.TrailingZeros64(ends)], int32(i + 1)})
		}
	}
	return found
}
