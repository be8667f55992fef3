package tokenizer

// setBits makes the set nearly twice as large as two full blocks, and a dozen times as large as those of most mails,
// so that probes stay short.
const setBits = 12

// set is a set of token hashes: open addressing over a table that is never full, because blocks are bounded. The
// table has two bytes for a place, so that all of it stays in the processor's first cache.
type set struct {
	places [1 << setBits]uint16 // in hashes, counted from 1
	hashes []uint64
}

func (s *set) reset() {
	clear(s.places[:])
	s.hashes = s.hashes[:0]
}

// add reports whether h is new. Zero is never new: it is no token.
func (s *set) add(h uint64) bool {
	if h == 0 {
		return false
	}
	i := h >> (64 - setBits)
	for s.places[i] != 0 {
		if s.hashes[s.places[i]-1] == h {
			return false
		}
		i = (i + 1) % (1 << setBits)
	}
	s.hashes = append(s.hashes, h)
	s.places[i] = uint16(len(s.hashes))
	return true
}
