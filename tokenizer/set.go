package tokenizer

// setBits makes the set four times as large as two full blocks would be, so that probes stay short.
const setBits = 13

// set is a set of token hashes: open addressing over a table that is never full, because blocks are bounded. It is
// emptied by clearing the slots in use.
type set struct {
	slots []uint64
	used  []uint16
}

func (s *set) reset() {
	if s.slots == nil {
		s.slots = make([]uint64, 1<<setBits)
		s.used = make([]uint16, 0, 2*maxBlock)
	}
	for _, i := range s.used {
		s.slots[i] = 0
	}
	s.used = s.used[:0]
}

// add reports whether h is new. Zero is never new: it is no token.
func (s *set) add(h uint64) bool {
	if h == 0 {
		return false
	}
	for i := h >> (64 - setBits); ; i = (i + 1) & (1<<setBits - 1) {
		switch s.slots[i] {
		case h:
			return false
		case 0:
			s.slots[i] = h
			s.used = append(s.used, uint16(i))
			return true
		}
	}
}
